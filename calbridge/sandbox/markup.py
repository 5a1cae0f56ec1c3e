"""HTML answers: the templates of `pages/`, with headers that let no script run and nothing load from elsewhere."""

from typing import Any, Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_PAGES: Final = Environment(
    loader=PackageLoader("calbridge.sandbox", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:  # Any: what the template shows
    """Fill in a template."""
    return HTMLResponse(_PAGES.get_template(template).render(values), status, _HEADERS)


def missing() -> HTMLResponse:
    """Say that a URL opens nothing."""
    return page("missing.html", 404)
