"""
Microsoft's markets: a partner sells only to customer tenants in its own.

Source: learn.microsoft.com/partner-center/regional-authorization-overview, 2023 list.
"""

_MARKETS = tuple(
    frozenset(countries.split())
    for countries in (
        "US UM AS GU MP",
        "CA PM",
        "BR",
        "IN",
        "JP",
        "KR",
        "TW",
        "CN",
        "NZ WS VU",
        "AU CX CC CK FJ TF HM KI MH FM NR NU NF PW PG PN SB TK TO TV WF",
        "BD BT BN KH HK ID LA MO MY MV MM NP PH SG LK TH TL VN",
        "AX AD AT BE BV BG HR CY CZ DK EE FO FI FR DE GI GR GL GG HU IS IE IM IT JE LV LI LT LU MT MC NL NO "
        "PL PT RO SM SK SI ES SJ SE CH GB VA",
        "AO BJ BW BF BI CM CV CF TD KM CG CD CI DJ GQ ER ET PF GA GM GH GN GW KE LR MG MW ML MU YT NA NC NE "
        "NG RE RW ST SN SC SL SO SS SH TZ TG UG ZM",
        "AF AL DZ AM AZ BH BA IO EG GE IQ IL JO KZ XK KW KG LB LS LY MR MD MN ME MA MZ MK OM PK PS QA SA RS "
        "ZA SZ TJ TN TR TM UA AE UZ YE ZW",
        "AI AQ AG AR AW BS BB BZ BM BO BQ VG KY CL CO CR CW DM DO EC SV FK GF GD GP GT GY HT HN JM MQ MX MS "
        "NI PA PY PE PR BL KN LC MF VC SX GS SR TT TC UY VE VI",
    )
)


def same_market(one: str, other: str) -> bool:
    """Whether two ISO 3166 alpha-2 countries are in one market."""
    return one == other or any(one in market and other in market for market in _MARKETS)
