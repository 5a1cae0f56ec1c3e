"""Files over pre-signed URLs, by real HTTP: streamed, bounded, and without the account's tokens."""

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.accounts import API_TOKEN, account
from support.file_store import FileStore
from support.scripted_platform import ScriptedPlatform, reply, scripted

from calbridge.enterprise import Content, Enterprise
from calbridge.errors import NotFound, NotSent, OutcomeUnknown, PlatformError, Refused

FILE = {"id": 37, "filename": "slides.pdf", "size": 3, "download_link": "https://drive.example.com/x"}


def scripted_drive(platform: ScriptedPlatform, upload_url: str) -> None:
    platform.on("drive/create", reply(200, {"id": 37, "upload_url": upload_url, "download_link": "https://x"}))
    platform.on("drive/file/finish_upload", reply(200, FILE))


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def three_chunks() -> AsyncIterator[bytes]:
    for chunk in (b"a", b"bc", b"d" * 300_000):
        await asyncio.sleep(0)
        yield chunk


@scripted
async def test_a_file_is_announced_sent_and_reported(platform: ScriptedPlatform, tmp_path: Path) -> None:
    store, source = FileStore(), tmp_path / "slides.pdf"
    source.write_bytes(bytes(range(256)) * 4000)
    async with store.serve(), account(platform) as api:
        scripted_drive(platform, f"{store.url}/files/37?signature=s")
        file = await api.upload(31, "slides.pdf", Content.of(source))
    assert file.id == 37
    assert store.files["/files/37"] == source.read_bytes()
    assert [sent.path for sent in platform.received[1:]] == ["drive/create", "drive/file/finish_upload"]


@scripted
async def test_the_store_is_told_the_length_and_no_token(platform: ScriptedPlatform) -> None:
    store = FileStore()
    async with store.serve(), account(platform) as api:
        scripted_drive(platform, f"{store.url}/files/37?signature=s")
        await api.upload(31, "slides.pdf", Content(300_003, three_chunks))
    assert "content-length: 300003" in store.heads[0]
    for absent in ("transfer-encoding", "token", API_TOKEN, "cookie", "authorization", "content-type"):
        assert absent not in store.heads[0]


@pytest.mark.parametrize("data", [b"", b"x"])
@scripted
async def test_small_files_go_too(platform: ScriptedPlatform, tmp_path: Path, data: bytes) -> None:
    store, source = FileStore(), tmp_path / "small"
    source.write_bytes(data)
    async with store.serve(), account(platform) as api:
        scripted_drive(platform, f"{store.url}/files/37")
        await api.upload(31, "small", Content.of(source))
    assert store.files == {"/files/37": data}


@scripted
async def test_a_store_that_moved_is_followed_with_the_whole_content(platform: ScriptedPlatform) -> None:
    store = FileStore()
    async with store.serve(), account(platform) as api:
        scripted_drive(platform, f"{store.url}/moved/37")
        await api.upload(31, "slides.pdf", Content(300_003, three_chunks))
    assert len(store.files["/files/37"]) == 300_003


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("refused/37", Refused),
        ("broken/37", OutcomeUnknown),
        ("circle/37", OutcomeUnknown),
    ],
)
@scripted
async def test_a_failed_upload_names_the_file_and_not_its_url(
    platform: ScriptedPlatform, path: str, error: type[PlatformError]
) -> None:
    store = FileStore()
    async with store.serve(), account(platform) as api:
        scripted_drive(platform, f"{store.url}/{path}?signature=s")
        with pytest.raises(error) as failure:
            await api.upload(31, "slides.pdf", Content(300_003, three_chunks), seconds=1)
    assert failure.value.problem.where == "127.0.0.1 file 37"
    assert "signature" not in repr(failure.value.problem)
    assert platform.payloads("drive/file/finish_upload") == []


@pytest.mark.parametrize("size", [300_002, 300_004])
@scripted
async def test_content_of_another_size_than_announced_is_an_error(platform: ScriptedPlatform, size: int) -> None:
    store = FileStore()
    async with store.serve(), account(platform) as api:
        scripted_drive(platform, f"{store.url}/files/37")
        with pytest.raises(OutcomeUnknown):
            await api.upload(31, "slides.pdf", Content(size, three_chunks), seconds=1)
    assert store.files == {}


@scripted
async def test_without_a_store_nothing_was_sent(platform: ScriptedPlatform) -> None:
    scripted_drive(platform, "http://127.0.0.1:1/files/37")
    async with account(platform) as api:
        with pytest.raises(NotSent):
            await api.upload(31, "slides.pdf", Content(300_003, three_chunks))


@scripted
async def test_a_link_is_fetched_into_a_file_of_ones_own(platform: ScriptedPlatform, tmp_path: Path) -> None:
    store, target = FileStore(), tmp_path / "copy"
    store.files["/files/37"] = b"content" * 100_000
    async with store.serve(), account(platform) as api:
        assert await api.download(f"{store.url}/moved/37?signature=s", target) == 700_000
    assert target.read_bytes() == store.files["/files/37"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert API_TOKEN not in "".join(store.heads)


@pytest.mark.parametrize(
    ("path", "error"),
    [("nothing", NotFound), ("refused/x", Refused), ("cut/x", OutcomeUnknown), ("drip/x", OutcomeUnknown)],
)
@scripted
async def test_a_failed_download_leaves_the_old_file_and_no_other(
    platform: ScriptedPlatform, tmp_path: Path, path: str, error: type[PlatformError]
) -> None:
    store, target = FileStore(), tmp_path / "copy"
    target.write_bytes(b"old")
    async with store.serve(), account(platform) as api:
        with pytest.raises(error):
            await api.download(f"{store.url}/{path}", target, seconds=0.3)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["copy"]


@pytest.mark.parametrize("url", ["http://drive.example.com/x", "ftp://drive.example.com/x", "file:///etc/passwd", "x"])
def test_a_platform_behind_https_sends_nobody_to_plain_http(tmp_path: Path, url: str) -> None:
    async def fetch() -> None:
        async with Enterprise("https://platform.example.com", API_TOKEN) as api:
            await api.download(url, tmp_path / "copy")

    with pytest.raises(Refused, match="https"):
        asyncio.run(fetch())
