"""Hosts and audiences of Microsoft's clouds, as published."""

from dataclasses import dataclass

PARTNER_CENTER_APP_ID = "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"


@dataclass(frozen=True)
class Cloud:
    """One cloud: the audiences its tokens name and the portal its customers use."""

    name: str
    partner_center: str
    graph: str
    retired_graph: str
    portal: str
    instance: str
    region_scope: str

    @property
    def partner_center_audiences(self) -> frozenset[str]:
        return frozenset({self.partner_center, PARTNER_CENTER_APP_ID})

    @property
    def resources(self) -> frozenset[str]:
        """Every audience the token authority issues tokens for, the retired one included."""
        return self.partner_center_audiences | {self.graph, self.retired_graph}


CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            name="public",
            partner_center="https://api.partnercenter.microsoft.com",
            graph="https://graph.microsoft.com",
            retired_graph="https://graph.windows.net",
            portal="https://admin.microsoft.com",
            instance="microsoftonline.com",
            region_scope="NA",
        ),
        Cloud(
            name="us_gov",
            partner_center="https://api.partnercenter.microsoft.com",
            graph="https://graph.microsoft.us",
            retired_graph="https://graph.windows.net",
            portal="https://portal.office365.us",
            instance="microsoftonline.us",
            region_scope="USGov",
        ),
        Cloud(
            name="china",
            partner_center="https://partner.partnercenterapi.microsoftonline.cn",
            graph="https://microsoftgraph.chinacloudapi.cn",
            retired_graph="https://graph.chinacloudapi.cn",
            portal="https://portal.partner.microsoftonline.cn",
            instance="partner.microsoftonline.cn",
            region_scope="AS",
        ),
    )
}
