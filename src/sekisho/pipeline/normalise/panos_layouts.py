"""The order of fields in PAN-OS CSV logs, by log type, PAN-OS 8.1 to 11.2; newer versions append.

Names are those of the JSON and CEF that Strata Logging Service writes, so that one table serves all
formats. A dash is a field that the reference calls FUTURE_USE. Older versions write fewer fields, and
two logs changed in the middle: see ``layout``.
"""

from __future__ import annotations

from collections.abc import Sequence

_START = "- TimeReceived DeviceSN LogType Subtype ConfigVersion TimeGenerated"
_GROUPS = "DGHierarchyLevel1 DGHierarchyLevel2 DGHierarchyLevel3 DGHierarchyLevel4"
_SESSION = (
    f"{_START} SourceAddress DestinationAddress NATSource NATDestination Rule SourceUser DestinationUser Application"
    " VirtualLocation FromZone ToZone InboundInterface OutboundInterface LogSetting - SessionID RepeatCount"
    " SourcePort DestinationPort NATSourcePort NATDestinationPort Flags Protocol Action"
)
_DEVICES = (
    "SourceDeviceCategory SourceDeviceProfile SourceDeviceModel SourceDeviceVendor SourceDeviceOSFamily"
    " SourceDeviceOSVersion SourceDeviceHost SourceDeviceMac DestinationDeviceCategory DestinationDeviceProfile"
    " DestinationDeviceModel DestinationDeviceVendor DestinationDeviceOSFamily DestinationDeviceOSVersion"
    " DestinationDeviceHost DestinationDeviceMac ContainerID ContainerNameSpace ContainerName"
)
_APPLICATION = (
    "ApplicationSubcategory ApplicationCategory ApplicationTechnology ApplicationRisk ApplicationCharacteristics"
    " ApplicationContainer TunneledApplication IsSaaSApplication SanctionedStateOfApp"
)

_TRAFFIC = (
    f"{_SESSION} Bytes BytesSent BytesReceived PacketsTotal SessionStartTime SessionDuration URLCategory -"
    " SequenceNo ActionFlags SourceLocation DestinationLocation - PacketsSent PacketsReceived SessionEndReason"
    f" {_GROUPS} VirtualSystemName DeviceName ActionSource SourceUUID DestinationUUID IMSI IMEI ParentSessionID"
    " ParentStarttime Tunnel EndpointAssociationID ChunksTotal ChunksSent ChunksReceived RuleUUID HTTP2Connection"
    " LinkChangeCount SDWANPolicyName LinkSwitches SDWANCluster SDWANDeviceType SDWANClusterType SDWANSite"
    f" DynamicUserGroupName X-Forwarded-ForIP {_DEVICES} SourceEDL DestinationEDL GPHostID EndpointSerialNumber"
    " SourceDynamicAddressGroup DestinationDynamicAddressGroup HASessionOwner TimeGeneratedHighResolution"
    f" NSSAINetworkSliceType NSSAINetworkSliceDifferentiator {_APPLICATION} Offloaded FlowType ClusterName"
)
_THREAT = (
    f"{_SESSION} URL ThreatID URLCategory VendorSeverity DirectionOfAttack SequenceNo ActionFlags SourceLocation"
    " DestinationLocation - ContentType PacketID FileHash ApplianceOrCloud URLCounter UserAgent FileType"
    f" X-Forwarded-For Referer SenderEmail EmailSubject RecipientEmail ReportID {_GROUPS} VirtualSystemName"
    " DeviceName - SourceUUID DestinationUUID HTTPMethod IMSI IMEI ParentSessionID ParentStarttime Tunnel"
    " ThreatCategory ContentVersion - EndpointAssociationID PayloadProtocolID HTTPHeaders URLCategoryList RuleUUID"
    f" HTTP2Connection DynamicUserGroupName X-Forwarded-ForIP {_DEVICES} SourceEDL DestinationEDL GPHostID"
    " EndpointSerialNumber DomainEDL SourceDynamicAddressGroup DestinationDynamicAddressGroup PartialHash"
    " TimeGeneratedHighResolution Reason Justification NSSAINetworkSliceType"
    f" {_APPLICATION} CloudReportID ClusterName FlowType"
)
_SYSTEM = (
    f"{_START} VirtualLocation EventName EventComponent - - Module VendorSeverity EventDescription SequenceNo"
    f" ActionFlags {_GROUPS} VirtualSystemName DeviceName - - TimeGeneratedHighResolution"
)
_CONFIG = (
    f"{_START} SourceAddress VirtualLocation Command Admin Client Result ConfigurationPath {{details}}SequenceNo"
    f" ActionFlags {_GROUPS} VirtualSystemName DeviceName DeviceGroup AuditComment - TimeGeneratedHighResolution"
    " FullPath"
)
_AUTH = (
    f"{_START} VirtualLocation SourceAddress AuthenticatedUser NormalizeUser ObjectName AuthenticationPolicy"
    " RepeatCount MFAAuthenticationID MFAVendor LogSetting AuthServerProfile AuthenticationDescription ClientType"
    f" EventResult AuthFactorNo SequenceNo ActionFlags {_GROUPS} VirtualSystemName DeviceName VirtualSystemID"
    " AuthenticationProtocol RuleUUID TimeGeneratedHighResolution SourceDeviceCategory SourceDeviceProfile"
    " SourceDeviceModel SourceDeviceVendor SourceDeviceOSFamily SourceDeviceOSVersion SourceDeviceHost"
    " SourceDeviceMac AuthCacheServiceRegion UserAgentString SessionID ClusterName"
)
_USERID = (
    f"{_START} VirtualLocation SourceAddress User MappingDataSourceName EventID RepeatCount MappingTimeout"
    " SourcePort DestinationPort MappingDataSource MappingDataSourceType SequenceNo ActionFlags"
    f" {_GROUPS} VirtualSystemName DeviceName VirtualSystemID MFAFactorType AuthCompletionTime AuthFactorNo"
    " UGFlags UserIdentifiedBySource Tag TimeGeneratedHighResolution Origin DataSourceSubtype ClusterName"
)
_HIPMATCH = (
    f"{_START} SourceUser VirtualLocation EndpointDeviceName EndpointOSType SourceIP HipMatchName RepeatCount"
    f" HipMatchType - - SequenceNo ActionFlags {_GROUPS} VirtualSystemName DeviceName VirtualSystemID SourceIPv6"
    " HostID EndpointSerialNumber SourceDeviceMac TimeGeneratedHighResolution ClusterName"
)
_GLOBALPROTECT = (
    "- TimeReceived DeviceSN LogType Subtype ConfigVersion TimeGenerated VirtualSystem EventIDValue Stage AuthMethod"
    " TunnelType SourceUserName SourceRegion EndpointDeviceName PublicIPv4 PublicIPv6 PrivateIPv4 PrivateIPv6 HostID"
    " EndpointSN GlobalProtectClientVersion EndpointOSType EndpointOSVersion RepeatCount QuarantineReason"
    " ConnectionError Description EventStatus GlobalProtectGatewayLocation LoginDuration ConnectionMethod"
    " ConnectionErrorID Portal SequenceNo ActionFlags TimeGeneratedHighResolution GatewaySelectionType"
    f" SSLResponseTime GatewayPriority AttemptedGateways Gateway {_GROUPS} VirtualSystemName DeviceName"
    " VirtualSystemID ClusterName"
)
_DECRYPTION = (
    f"{_START} SourceAddress DestinationAddress NATSource NATDestination Rule SourceUser DestinationUser Application"
    " VirtualLocation FromZone ToZone InboundInterface OutboundInterface LogSetting TimeReceivedManagementPlane"
    " SessionID RepeatCount SourcePort DestinationPort NATSourcePort NATDestinationPort Flags Protocol Action Tunnel"
    " - - SourceUUID DestinationUUID RuleUUID ClientToFirewall FirewallToClient TLSVersion TLSKeyExchange"
    " TLSEncryptionAlgorithm TLSAuth PolicyName EllipticCurve ErrorIndex RootStatus ChainStatus ProxyType"
    " CertificateSerial Fingerprint TimeNotBefore TimeNotAfter CertificateVersion CertificateSize CommonNameLength"
    " IssuerNameLength RootCNLength SNILength CertificateFlags CommonName IssuerCommonName RootCommonName"
    f" ServerNameIndication ErrorMessage ContainerID ContainerNameSpace ContainerName SourceEDL DestinationEDL"
    " SourceDynamicAddressGroup DestinationDynamicAddressGroup TimeGeneratedHighResolution SourceDeviceCategory"
    " SourceDeviceProfile SourceDeviceModel SourceDeviceVendor SourceDeviceOSFamily SourceDeviceOSVersion"
    " SourceDeviceHost SourceDeviceMac DestinationDeviceCategory DestinationDeviceProfile DestinationDeviceModel"
    " DestinationDeviceVendor DestinationDeviceOSFamily DestinationDeviceOSVersion DestinationDeviceHost"
    f" DestinationDeviceMac SequenceNo ActionFlags {_GROUPS} VirtualSystemName DeviceName VirtualSystemID"
    f" {_APPLICATION} ClusterName"
)
_TUNNEL = (
    f"{_SESSION} VendorSeverity SequenceNo ActionFlags SourceLocation"
    f" DestinationLocation {_GROUPS} VirtualSystemName DeviceName IMSI IMEI ParentSessionID ParentStarttime Tunnel"
    " Bytes BytesSent BytesReceived PacketsTotal PacketsSent PacketsReceived MaximumEncapsulation UnknownProtocol"
    " StrictChecking TunnelFragment SessionsCreated SessionsClosed SessionEndReason ActionSource SessionStartTime"
    " SessionDuration TunnelInspectionRule RemoteUserIP RemoteUserID RuleUUID PCAPID DynamicUserGroupName SourceEDL"
    " DestinationEDL TimeGeneratedHighResolution NSSAINetworkSliceDifferentiator NSSAINetworkSliceType PDUSessionID"
    f" {_APPLICATION} ClusterName"
)
_SCTP = (
    f"{_START} SourceAddress DestinationAddress - - Rule - - - VirtualLocation FromZone ToZone InboundInterface"
    " OutboundInterface LogSetting - SessionID RepeatCount SourcePort DestinationPort - - - - Protocol Action"
    f" {_GROUPS} VirtualSystemName DeviceName SequenceNo - EndpointAssociationID PayloadProtocolID VendorSeverity"
    " SCTPChunkType - VerificationTag1 VerificationTag2 SCTPCauseCode DiameterAppID DiameterCommandCode"
    " DiameterAVPCode SCTPStreamID SCTPAssociationEndReason OpCode SCCPCallingSSN SCCPCallingGT SCTPFilter"
    " ChunksTotal ChunksSent ChunksReceived PacketsTotal PacketsSent PacketsReceived RuleUUID"
    " TimeGeneratedHighResolution"
)
_IPTAG = (
    f"{_START} VirtualLocation SourceAddress TagName EventID RepeatCount MappingTimeout MappingDataSourceName"
    f" MappingDataSourceType MappingDataSourceSubType SequenceNo ActionFlags {_GROUPS} VirtualSystemName DeviceName"
    " VirtualSystemID TimeGeneratedHighResolution ClusterName"
)
_GTP = (
    f"{_START} SourceAddress DestinationAddress - - Rule - - Application VirtualLocation FromZone ToZone"
    " InboundInterface OutboundInterface LogSetting - SessionID - SourcePort DestinationPort - - - Protocol Action"
    " GTPEventType MSISDN AccessPointName RadioAccessTechnology GTPMessageType EndUserIPAddress"
    " TunnelEndpointID1 TunnelEndpointID2 GTPInterface GTPCause VendorSeverity ServingCountryMCC ServingNetworkMNC"
    " AreaCode CellID GTPEventCode - - SourceLocation DestinationLocation IMSI IMEI - - - - Tunnel"
)
_CORRELATION = (
    f"{_START} SourceAddress SourceUser VirtualLocation URLCategory VendorSeverity {_GROUPS} VirtualSystemName"
    " DeviceName VirtualSystemID ObjectName ObjectID Evidence"
)
_AUDIT = "- TimeReceived DeviceSN LogType Subtype - TimeGenerated EventID ObjectName Command Result SequenceNo"


def _names(layout: str) -> tuple[str, ...]:
    return tuple("" if name == "-" else name for name in layout.split())


LAYOUTS: dict[str, tuple[str, ...]] = {
    "TRAFFIC": _names(_TRAFFIC),
    **dict.fromkeys(("THREAT", "URL", "DATA", "WILDFIRE"), _names(_THREAT)),
    "SYSTEM": _names(_SYSTEM),
    "CONFIG": _names(_CONFIG.format(details="")),
    **dict.fromkeys(("AUTH", "AUTHENTICATION"), _names(_AUTH)),
    "USERID": _names(_USERID),
    "HIPMATCH": _names(_HIPMATCH),
    "GLOBALPROTECT": _names(_GLOBALPROTECT),
    "DECRYPTION": _names(_DECRYPTION),
    **dict.fromkeys(("START", "END", "TUNNEL"), _names(_TUNNEL)),
    "SCTP": _names(_SCTP),
    "IPTAG": _names(_IPTAG),
    "GTP": _names(_GTP),
    "CORRELATION": _names(_CORRELATION),
    "AUDIT": _names(_AUDIT),
}
_CONFIG_WITH_DETAILS = _names(_CONFIG.format(details="BeforeChangeDetail AfterChangeDetail "))
_SEQUENCE_OF_CONFIG = LAYOUTS["CONFIG"].index("SequenceNo")
TYPE = 3
GENERATED = 6


def layout(values: Sequence[str]) -> tuple[str, ...] | None:
    """The names of a record's fields, or None for a type that nobody documented.

    CONFIG has two more fields before its sequence number when it is sent in detail; of those the
    number's place tells, since nothing else there is a long number.
    """
    kind = values[TYPE].upper()
    if kind == "CONFIG" and len(values) > _SEQUENCE_OF_CONFIG + 2:
        number = values[_SEQUENCE_OF_CONFIG]
        if not number.isdecimal() and values[_SEQUENCE_OF_CONFIG + 2].isdecimal():
            return _CONFIG_WITH_DETAILS
    return LAYOUTS.get(kind)
