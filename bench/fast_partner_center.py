"""A Partner Center with very many customers, whose list costs it nothing; every call is counted."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from answering import Answered, Asked, answering, as_json

PAGE = 500
_CUSTOMER = re.compile(r"/v1/customers/([0-9a-f-]{36})$")


def tenant_id(number: int) -> str:
    return f"22222222-2222-4222-8222-{number:012d}"


def name_of(number: int) -> str:
    return f"Fabrikam {number}"


class FastPartnerCenter:
    """
    `pages` and `customers` count what was asked for: pages by their number, customers by their id.

    `renamed` are the numbers of customers that have another name than before. `on_page` hears of each page.
    """

    def __init__(self, number: int, renamed: frozenset[int]) -> None:
        self.number = number
        self.renamed = renamed
        self.url = ""
        self.pages: Counter[int] = Counter()
        self.customers: Counter[str] = Counter()
        self.on_page: Callable[[int], None] = lambda _page: None

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FastPartnerCenter"]:
        async with answering(self._answer) as self.url:
            yield self

    def _answer(self, asked: Asked) -> Answered:
        if asked.path == "/v1/customers":
            return Answered(as_json(self._page(int(parse_qs(asked.query).get("page", ["0"])[0]))))
        customer = _CUSTOMER.fullmatch(asked.path)
        if customer:
            self.customers[customer[1]] += 1
            return Answered(as_json(self._customer(int(customer[1][-12:]))))
        if asked.path.endswith("AgreementStatus"):
            return Answered(as_json({"isSigned": True}))
        return Answered(as_json({"items": [], "totalCount": 0}))

    def _page(self, page: int) -> dict[str, Any]:
        self.pages[page] += 1
        self.on_page(page)
        start, end = page * PAGE, min((page + 1) * PAGE, self.number)
        onward = {"uri": f"/customers?size={PAGE}&page={page + 1}", "method": "GET", "headers": []}
        links = {"next": onward} if end < self.number else {}
        items = [self._customer(number) for number in range(start, end)]
        return {"items": items, "totalCount": len(items), "links": links}

    def _customer(self, number: int) -> dict[str, Any]:
        name = name_of(number) + (" (new)" if number in self.renamed else "")
        profile = {"tenantId": tenant_id(number), "domain": f"c{number}.example.com", "companyName": name}
        return {
            "id": tenant_id(number),
            "companyProfile": profile | {"attributes": {"objectType": "CustomerCompanyProfile"}},
            "relationshipToPartner": "reseller",
            "attributes": {"objectType": "Customer"},
        }
