from collections.abc import Iterator
from pathlib import Path
from typing import Any

import niquests
import pytest
from support.sandbox_account import MovableClock
from support.sandbox_client import Client, client

from calbridge.enterprise import drive
from calbridge.enterprise.drive import FileResponse
from calbridge.enterprise.files import Content
from calbridge.errors import PlatformError
from calbridge.sandbox import RunningSandbox, Settings, running

PDF = b"%PDF-1.4\n<< /Type /Pages /Count 2 >>\n<< /Type /Page >>\n<< /Type/Page >>\n"
PNG = b"\x89PNG\r\n\x1a\n..."
NOT_FOUND = (404, "File not found")


@pytest.fixture
def sandbox(clock: MovableClock) -> Iterator[RunningSandbox]:
    with running(Settings(clock=clock, upload_limit=1_000_000)) as sandbox:
        yield sandbox


@pytest.fixture
def account(sandbox: RunningSandbox) -> Iterator[Client]:
    with client(sandbox, "sandbox-token") as account:
        yield account


@pytest.fixture
def uploaded(account: Client, tmp_path: Path) -> FileResponse:
    return put(account, tmp_path, "slides.pdf", PDF)


def put(account: Client, folder: Path, filename: str, content: bytes) -> FileResponse:
    (folder / "content").write_bytes(content)
    return account.runner.run(account.api.upload(9, filename, Content.of(folder / "content")))


def got(account: Client, link: str | None, folder: Path) -> bytes:
    assert link is not None
    account.runner.run(account.api.download(link, folder / "copy"))
    return (folder / "copy").read_bytes()


def test_an_uploaded_file_comes_back_byte_by_byte(account: Client, tmp_path: Path) -> None:
    content = bytes(range(256)) * 3000

    file = put(account, tmp_path, "presentation.mp4", content)

    assert (file.filename, file.size, file.mimetype) == ("presentation.mp4", 768_000, "video/mp4")
    assert file.created_at == "2026-01-01T00:00:00.000Z"
    assert got(account, file.download_link, tmp_path) == content
    assert account.call(drive.FETCH, host_id=9, id=file.id) == file


# filename, content: what becomes of its presentation a moment later
PRESENTATIONS = [
    ("slides.pdf", PDF, "ready", 2),
    ("compressed.pdf", b"%PDF-1.7 objects in streams", "ready", 1),
    ("picture.PNG", PNG, "ready", 1),
    ("broken.pdf", b"<html>not found</html>", "failed", None),
    ("notes.txt", b"notes", "unsupported", None),
    ("folder/no-suffix", b"", "unsupported", None),
]


@pytest.mark.parametrize(("filename", "content", "status", "pages"), PRESENTATIONS)
def test_a_file_is_looked_into_a_moment_after_its_upload(
    account: Client, clock: MovableClock, tmp_path: Path, filename: str, content: bytes, status: str, pages: int | None
) -> None:
    file = put(account, tmp_path, filename, content)
    assert file.presentation_status == ("unsupported" if status == "unsupported" else "processing")

    clock.advance(seconds=1)

    shown = account.call(drive.FETCH, host_id=9, id=file.id)
    assert (shown.presentation_status, shown.page_count, shown.size) == (status, pages, len(content))


def test_an_upload_is_finished_once(account: Client, uploaded: FileResponse) -> None:
    refusal = account.refused(drive.FINISH_UPLOAD, host_id=9, id=uploaded.id)

    assert refusal == (409, "The file has already been processed")


def test_a_file_without_content_is_listed_but_neither_finished_nor_downloaded(account: Client) -> None:
    made = account.call(drive.CREATE, host_id=9, filename="slides.pdf")

    refusal = account.refused(drive.FINISH_UPLOAD, host_id=9, id=made.id)

    assert refusal == (400, "Nothing has been uploaded to upload_url yet")
    assert account.call(drive.FETCH_ALL, host_id=9)[0].size is None
    assert niquests.get(made.download_link or "", timeout=10).status_code == 404


def test_content_may_be_replaced_until_it_is_finished(account: Client, tmp_path: Path) -> None:
    made = account.call(drive.CREATE, host_id=9, filename="notes.txt")
    for content in (b"first", b"second"):
        assert niquests.put(made.upload_url, data=content, timeout=10).status_code == 200

    file = account.call(drive.FINISH_UPLOAD, host_id=9, id=made.id)

    assert (file.size, got(account, file.download_link, tmp_path)) == (6, b"second")
    assert niquests.put(made.upload_url, data=b"third", timeout=10).status_code == 403


def test_too_large_a_file_is_refused_and_nothing_of_it_kept(account: Client) -> None:
    made = account.call(drive.CREATE, host_id=9, filename="film.mp4")

    response = niquests.put(made.upload_url, data=b"x" * 1_000_001, timeout=10)

    assert (response.status_code, response.json()) == (413, {"message": "A file has at most 1000000 bytes"})
    assert account.call(drive.FETCH, host_id=9, id=made.id).size is None


def test_a_deleted_file_is_gone_with_its_content(account: Client, uploaded: FileResponse, tmp_path: Path) -> None:
    account.call(drive.DELETE, host_id=9, id=uploaded.id)

    for endpoint in (drive.FETCH, drive.FINISH_UPLOAD, drive.DELETE):
        assert account.refused(endpoint, host_id=9, id=uploaded.id) == NOT_FOUND
    with pytest.raises(PlatformError) as raised:
        got(account, uploaded.download_link, tmp_path)
    assert raised.value.status == 404
    assert account.call(drive.FETCH_ALL, host_id=9) == []


def test_an_upload_url_of_a_deleted_file_takes_nothing(account: Client, tmp_path: Path) -> None:
    made = account.call(drive.CREATE, host_id=9, filename="notes.txt")
    account.call(drive.DELETE, host_id=9, id=made.id)

    assert niquests.put(made.upload_url, data=b"late", timeout=10).status_code == 403


def test_files_are_listed_in_pages_of_twenty(sandbox: RunningSandbox, account: Client) -> None:
    for number in range(41):
        account.call(drive.CREATE, host_id=9, filename=f"{number}.txt")

    pages = account.pages(drive.FETCH_ALL, host_id=9)

    assert [len(page) for page in pages] == [20, 20, 1]
    assert [file.filename for page in pages for file in page] == [f"{number}.txt" for number in range(41)]
    last = listed(sandbox, host_id=9, page=3)
    assert (last["total_pages"], last["current_page"], last["next_page"]) == (3, 3, None)
    assert listed(sandbox, host_id=9, page=2)["next_page"] == 3
    assert listed(sandbox, host_id=9, page=4) == {"files": [], "total_pages": 3, "current_page": 4, "next_page": None}
    assert listed(sandbox, host_id=10) == {"files": [], "total_pages": 1, "current_page": 1, "next_page": None}


def listed(sandbox: RunningSandbox, **fields: int) -> Any:
    """A page as it is sent."""
    url = f"{sandbox.url}/enterprise_api"
    token = niquests.post(f"{url}/authenticate", json={"api_token": "sandbox-token"}, timeout=10).json()
    return niquests.post(f"{url}/drive/fetch_all", json=token | fields, timeout=10).json()


def test_another_hosts_file_is_not_found(account: Client, uploaded: FileResponse) -> None:
    for endpoint in (drive.FETCH, drive.FINISH_UPLOAD, drive.DELETE):
        assert account.refused(endpoint, host_id=10, id=uploaded.id) == NOT_FOUND


@pytest.mark.parametrize(("host_id", "status"), [(12, 403), (13, 404)])
def test_drives_beyond_the_scope_are_out_of_reach(admin: Client, host_id: int, status: int) -> None:
    assert admin.refused(drive.FETCH_ALL, host_id=host_id)[0] == status
    assert admin.refused(drive.CREATE, host_id=host_id, filename="x")[0] == status
    for endpoint in (drive.FETCH, drive.FINISH_UPLOAD, drive.DELETE):
        assert admin.refused(endpoint, host_id=host_id, id=1)[0] == status


def test_files_outlive_a_restart_beside_the_database(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "sandbox.db", clock=MovableClock(), base_url="http://127.0.0.1:1")
    with running(settings) as sandbox, client(sandbox, "sandbox-token") as account:
        made = account.call(drive.CREATE, host_id=9, filename="notes.txt")
        here = made.upload_url.replace("http://127.0.0.1:1", sandbox.url)
        niquests.put(here, data=b"kept", timeout=10)
        account.call(drive.FINISH_UPLOAD, host_id=9, id=made.id)

    with running(settings) as sandbox:
        link = (made.download_link or "").replace("http://127.0.0.1:1", sandbox.url)
        assert niquests.get(link, timeout=10).content == b"kept"
    assert len(list((tmp_path / "sandbox.db.files").iterdir())) == 1


def test_content_that_somebody_took_away_fails_only_its_own_file(tmp_path: Path, clock: MovableClock) -> None:
    settings = Settings(data=tmp_path / "sandbox.db", clock=clock)
    with running(settings) as sandbox, client(sandbox, "sandbox-token") as it:
        file = put(it, tmp_path, "slides.pdf", PDF)
        [content] = (tmp_path / "sandbox.db.files").iterdir()
        content.unlink()
        clock.advance(seconds=2)

        assert it.call(drive.FETCH, host_id=9, id=file.id).presentation_status == "failed"
        with pytest.raises(PlatformError) as refused:
            got(it, file.download_link, tmp_path)
    assert refused.value.status == 404


def test_a_download_is_never_shown_as_a_page_of_the_sandbox(account: Client, tmp_path: Path) -> None:
    file = put(account, tmp_path, "page.html", b"<script>")

    response = niquests.get(file.download_link or "", timeout=10)

    assert response.headers["Content-Disposition"] == 'attachment; filename="page.html"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
