"""Where each of Microsoft's clouds answers, and which portals its links may name."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.domain.clouds import Cloud
from bot.ports.unfit import Fault, SettingWrong

GDAP_ROUTE = "#/partners/invitation/granularAdminRelationships/{relationship_id}"


@dataclass(frozen=True)
class Endpoints:
    """
    One cloud. Addresses have no trailing slash; resources are token audiences and do not follow an override.

    `link_hosts` are the customer's admin portals, `host` or `host:port`.
    `approval_link` holds `{relationship_id}`. `instances` are the names this cloud's tenants report.
    """

    cloud: Cloud
    authority: str
    partner_center: str
    partner_center_resource: str
    graph: str
    graph_resource: str
    link_hosts: frozenset[str]
    approval_link: str
    instances: frozenset[str]


# Source: learn.microsoft.com/partner-center/developer/partner-center-rest-urls and graph/deployments.
# The approval links of US Government and China are not documented: they are derived, hence overridable.
ENDPOINTS = {
    Cloud.PUBLIC: Endpoints(
        cloud=Cloud.PUBLIC,
        authority="https://login.microsoftonline.com",
        partner_center="https://api.partnercenter.microsoft.com",
        partner_center_resource="https://api.partnercenter.microsoft.com",
        graph="https://graph.microsoft.com",
        graph_resource="https://graph.microsoft.com",
        link_hosts=frozenset({"admin.microsoft.com", "admin.cloud.microsoft"}),
        approval_link="https://admin.microsoft.com/AdminPortal/Home" + GDAP_ROUTE,
        instances=frozenset({"microsoftonline.com"}),
    ),
    Cloud.US_GOV: Endpoints(
        cloud=Cloud.US_GOV,
        authority="https://login.microsoftonline.us",
        partner_center="https://api.partnercenter.microsoft.com",
        partner_center_resource="https://api.partnercenter.microsoft.com",
        graph="https://graph.microsoft.us",
        graph_resource="https://graph.microsoft.us",
        link_hosts=frozenset({"portal.office365.us", "portal.apps.mil"}),
        approval_link="https://portal.office365.us/adminportal/home" + GDAP_ROUTE,
        instances=frozenset({"microsoftonline.us"}),
    ),
    Cloud.CHINA: Endpoints(
        cloud=Cloud.CHINA,
        authority="https://login.chinacloudapi.cn",
        partner_center="https://partner.partnercenterapi.microsoftonline.cn",
        partner_center_resource="https://partner.partnercenterapi.microsoftonline.cn",
        graph="https://microsoftgraph.chinacloudapi.cn",
        graph_resource="https://microsoftgraph.chinacloudapi.cn",
        link_hosts=frozenset({"portal.partner.microsoftonline.cn"}),
        approval_link="https://portal.partner.microsoftonline.cn/AdminPortal/Home" + GDAP_ROUTE,
        instances=frozenset({"partner.microsoftonline.cn", "chinacloudapi.cn"}),
    ),
}


def endpoints(
    cloud: Cloud,
    *,
    authority: str | None = None,
    partner_center: str | None = None,
    partner_center_resource: str | None = None,
    graph: str | None = None,
    graph_resource: str | None = None,
    approval_link: str | None = None,
    extra_link_hosts: Iterable[str] = (),
) -> Endpoints:
    """
    Return where `cloud` answers, with what is given instead of the cloud's own.

    Raises `SettingWrong` for an address that is not https; http on loopback will do except for the authority.
    """
    own = ENDPOINTS[cloud]
    return replace(
        own,
        authority=_base(authority or own.authority, http_on_loopback=False),
        partner_center=_base(partner_center or own.partner_center),
        partner_center_resource=partner_center_resource or own.partner_center_resource,
        graph=_base(graph or own.graph),
        graph_resource=graph_resource or own.graph_resource,
        approval_link=approval_link or own.approval_link,
        link_hosts=own.link_hosts | {host.lower() for host in extra_link_hosts},
    )


def other_instances(cloud: Cloud) -> frozenset[str]:
    """Return the names by which tenants of all the other clouds are known."""
    return frozenset().union(*(other.instances for other in ENDPOINTS.values() if other.cloud is not cloud))


def is_loopback(host: str) -> bool:
    """Return whether `host` by its own name means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _base(url: str, *, http_on_loopback: bool = True) -> str:
    parts = urlsplit(url)
    plain = http_on_loopback and parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not parts.hostname or not (parts.scheme == "https" or plain):
        fault = Fault.HTTPS_OR_LOOPBACK_NEEDED if http_on_loopback else Fault.HTTPS_NEEDED
        raise SettingWrong(fault, value=url)
    if parts.query or parts.fragment or parts.username:
        raise SettingWrong(Fault.PLAIN_ADDRESS_NEEDED, host=parts.hostname)
    return url.rstrip("/")
