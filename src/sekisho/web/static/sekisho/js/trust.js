// The page's only Trusted Types policy. HTML comes from our own server through htmx and stays allowed
// (inline script and style are refused by the content security policy anyway); making a script or a
// script address from a string is refused.
if (window.trustedTypes) {
  window.trustedTypes.createPolicy("default", { createHTML: (html) => html });
}
