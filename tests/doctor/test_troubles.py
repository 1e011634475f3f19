"""Each problem is found where it is, in words that help, and is not blamed on anything else."""

import pytest

from tests.doctor.surroundings import Surroundings, kinds, rows
from tests.doctor.troubles import TROUBLES, Trouble


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
async def test_a_trouble_is_found_and_nothing_else(
    trouble: Trouble, here: Surroundings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await trouble.happens(here)
    findings = await here.found(monkeypatch)

    noticing = {trouble.check, trouble.also} - {None}
    assert kinds(findings) == {check: [trouble.kind] for check in noticing}
    (problem,) = rows(findings)[trouble.check]["problems"]
    assert trouble.where in problem["where"]
    assert trouble.says in problem["what"] + problem["next"]
    assert problem["next"]
    told = capsys.readouterr()
    assert [secret for secret in here.secrets() if secret in told.out + told.err] == []
    assert "a-secret-of-theirs" not in told.out
