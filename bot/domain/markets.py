"""
Which countries and regions a partner sells to.

A partner sells inside its own market only; what counts is the country of the customer's tenant. Microsoft
changes the list now and then, so a foreign market is a warning here and never a refusal.

Source: learn.microsoft.com/partner-center/regional-authorization-overview (2023 list).
"""

_MARKETS = {
    "United States": "US UM AS GU MP",
    "Canada": "CA PM",
    "Brazil": "BR",
    "India": "IN",
    "Japan": "JP",
    "Korea": "KR",
    "Taiwan": "TW",
    "China": "CN",
    "New Zealand": "NZ WS VU",
    "Australia": "AU CX CC CK FJ TF HM KI MH FM NR NU NF PW PG PN SB TK TO TV WF",
    "Asia Pacific": "BD BT BN KH HK ID LA MO MY MV MM NP PH SG LK TH TL VN",
    "Europe": (
        "AX AD AT BE BV BG HR CY CZ DK EE FO FI FR DE GI GR GL GG HU IS IE IM IT JE LV LI LT LU MT MC NL "
        "NO PL PT RO SM SK SI ES SJ SE CH GB VA"
    ),
    "Africa": (
        "AO BJ BW BF BI CM CV CF TD KM CG CD CI DJ GQ ER ET PF GA GM GH GN GW KE LR MG MW ML MU YT NA NC NE "
        "NG RE RW ST SN SC SL SO SS SH TZ TG UG ZM"
    ),
    "Middle East, Central and Eastern Europe": (
        "AF AL DZ AM AZ BH BA IO EG GE IQ IL JO KZ XK KW KG LB LS LY MR MD MN ME MA MZ MK OM PK PS QA SA RS "
        "ZA SZ TJ TN TR TM UA AE UZ YE ZW"
    ),
    "Latin America and Caribbean": (
        "AI AQ AG AR AW BS BB BZ BM BO BQ VG KY CL CO CR CW DM DO EC SV FK GF GD GP GT GY HT HN JM MQ MX MS "
        "NI PA PY PE PR BL KN LC MF VC SX GS SR TT TC UY VE VI"
    ),
}

MARKET_OF = {country: market for market, countries in _MARKETS.items() for country in countries.split()}
"""Market name by ISO 3166 two-letter code, in upper case."""


def may_sell(partner_country: str, customer_country: str) -> bool:
    """Return whether both countries are known to lie in one market."""
    market = MARKET_OF.get(partner_country)
    return market is not None and market == MARKET_OF.get(customer_country)
