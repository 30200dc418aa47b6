// What every box looks for before the centre has sent anything: a test file, and a few traits that no clean file has.

rule eicar_test_file {
  meta:
    threat = "Eicar-Test-File"
    source = "EICAR's test file, which every scanner knows; written in hexadecimal so that this file is not one"
  strings:
    $text = { 58 35 4F 21 50 25 40 41 50 5B 34 5C 50 5A 58 35 34 28 50 5E 29 37 43 43 29 37 7D 24 45 49 43 41 52 2D 53 54 41 4E 44 41 52 44 2D 41 4E 54 49 56 49 52 55 53 2D 54 45 53 54 2D 46 49 4C 45 21 24 48 2B 48 2A }
  condition:
    $text in (0..256) and filesize < 4KB
}

rule php_web_shell {
  meta:
    threat = "Webshell.PHP.Eval"
    source = "a request's parameter that is run as PHP"
  strings:
    $php = "<?php" nocase
    $run = /(eval|assert|system|passthru|shell_exec)\s*\(\s*(@?base64_decode\s*\(\s*)?\$_(GET|POST|REQUEST|COOKIE)\s*\[/ nocase
  condition:
    $php and $run and filesize < 1MB
}

rule powershell_hidden_download {
  meta:
    threat = "Downloader.PowerShell.Hidden"
    source = "a hidden PowerShell that runs what it downloads"
  strings:
    $shell = "powershell" nocase
    $hidden = /-w(indowstyle)?\s+hidden/ nocase
    $fetch = /(downloadstring|downloadfile|invoke-webrequest|net\.webclient)/ nocase
    $run = /(\biex\b|invoke-expression|start-process)/ nocase
  condition:
    all of them and filesize < 1MB
}
