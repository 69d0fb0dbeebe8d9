"""Somebody who looks at the page: a browser window of their own, with a token. Notes what fails and what is sent."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

#: How long anything on the page may take, in milliseconds: a machine under load is slow, a page that waits is wrong.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


class Viewer:
    """``failures``: what the page itself got wrong (errors in its code, what its security policy refused).
    ``requests``: all that it asked, as method and address."""

    def __init__(
        self, browser: Browser, url: str, token: str | None, *, width: int = 1280, dark: bool = False, **context: Any
    ) -> None:
        self.url, self.token = url, token
        self.failures: list[str] = []
        self.requests: list[tuple[str, str]] = []
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", **context
        )
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.failures.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("request", self._asked)

    def open(self, path: str = "/") -> Page:
        """Go to a view, signed in: by the address that the stage prints, the first time."""
        if self.page.url == "about:blank":
            self.page.goto(f"{self.url}/#token={self.token}")
            expect(self.page.get_by_role("banner")).to_be_visible()
        self.page.evaluate("path => { location.hash = '#' + path }", path)
        return self.page

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        """Press a button that may be pressed now."""
        button = self.button(name)
        expect(button).not_to_have_attribute("aria-disabled", "true")
        button.click()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def close(self) -> None:
        self.context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        # Of each answer that is an error the browser says so itself; what the page makes of them others look at.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.failures.append(message.text)

    def _asked(self, request: Request) -> None:
        self.requests.append((request.method, request.url))
