"""Every product but Suricata whose logs can be read, in the order in which a line is tried.

Those with a mark of their own come first, the two formats that anybody may write last.
"""

from __future__ import annotations

from sekisho.pipeline.normalise.barracuda import BARRACUDA
from sekisho.pipeline.normalise.cef import CEF, LEEF
from sekisho.pipeline.normalise.checkpoint import CHECKPOINT
from sekisho.pipeline.normalise.cisco_asa import CISCO_ASA
from sekisho.pipeline.normalise.forcepoint import FORCEPOINT
from sekisho.pipeline.normalise.fortigate import FORTIGATE
from sekisho.pipeline.normalise.juniper_srx import JUNIPER_SRX
from sekisho.pipeline.normalise.netfilter import NETFILTER
from sekisho.pipeline.normalise.panos import PANOS
from sekisho.pipeline.normalise.sekisho_icap import SEKISHO_ICAP
from sekisho.pipeline.normalise.sekisho_mail import SEKISHO_MAIL
from sekisho.pipeline.normalise.sonicwall import SONICWALL
from sekisho.pipeline.normalise.sophos import SOPHOS
from sekisho.pipeline.normalise.squid import SQUID
from sekisho.pipeline.normalise.stormshield import STORMSHIELD
from sekisho.pipeline.normalise.unbound import UNBOUND
from sekisho.pipeline.normalise.vendor import Product
from sekisho.pipeline.normalise.watchguard import WATCHGUARD
from sekisho.pipeline.normalise.zeek import ZEEK

VENDORS: tuple[Product, ...] = (
    FORTIGATE,
    PANOS,
    CISCO_ASA,
    CHECKPOINT,
    STORMSHIELD,
    SOPHOS,
    SONICWALL,
    WATCHGUARD,
    FORCEPOINT,
    NETFILTER,
    SEKISHO_ICAP,
    SEKISHO_MAIL,
    SQUID,
    UNBOUND,
    ZEEK,
    JUNIPER_SRX,
    BARRACUDA,
    CEF,
    LEEF,
)

BY_NAME = {product.name: product for product in VENDORS}
