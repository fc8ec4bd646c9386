"""Chromium, driven: a view is opened, waited for, looked at, photographed."""

import base64
import pathlib
import time

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException, ElementNotInteractableException, StaleElementReferenceException)
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from running import ROOT, until

SCREENSHOTS = ROOT / ".build/screenshots"
# What a live page does to a driver: an element is drawn anew, or slides under another, between its finding and its use.
MOVED = (ElementClickInterceptedException, ElementNotInteractableException, StaleElementReferenceException)
SIZES = {"desk": (1440, 900), "phone": (390, 844)}


class Browser:
    def __init__(self, url):
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for one in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(one)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(60)
        self.url = url
        self.scripts = []
        self.dress()

    def cdp(self, name, **values):
        return self.driver.execute_cdp_cmd(name, values)

    def dress(self, theme="light", size="desk", is_still=False):
        features = [{"name": "prefers-color-scheme", "value": theme}]
        if is_still:
            features.append({"name": "prefers-reduced-motion", "value": "reduce"})
        self.cdp("Emulation.setEmulatedMedia", features=features)
        width, height = SIZES[size]
        self.cdp(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
            mobile=size == "phone")

    def before_load(self, script):
        """A script that runs in each document before the page's own."""
        self.scripts.append(self.cdp("Page.addScriptToEvaluateOnNewDocument", source=script)["identifier"])

    def forget_scripts(self):
        for one in self.scripts:
            self.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=one)
        self.scripts = []

    def open(self, view="", seconds=20):
        """A fresh document at the view; returns when the view and the fleet stand in it."""
        self.driver.get("about:blank")
        self.driver.get(f"{self.url}/#/{view}")
        until(self.is_drawn, seconds, f"the view {view or 'overview'} is drawn: {self.text('main')[:300]}")

    def go(self, view, seconds=20):
        """Another view in the same document, as a click on a link does."""
        self.run("location.hash = arguments[0]", f"#/{view}")
        until(self.is_drawn, seconds, f"the view {view} is drawn")

    def is_drawn(self):
        return self.run("return !!document.querySelector('main h1') && !document.querySelector('main .loading')")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector, seconds=10):
        return until(lambda: next(iter(self.all(selector)), None), seconds, f"{selector} is on the page")

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def waits_for(self, selector, text, seconds=15):
        until(lambda: text in self.text(selector), seconds, f"{selector} says {text!r}: {self.text(selector)[:300]!r}")

    def texts(self, selector):
        """Of all that fit, read in one go: between two questions the page may be drawn anew."""
        return self.run(
            "return [...document.querySelectorAll(arguments[0])].map((node) => node.innerText.trim())", selector)

    def attribute(self, selector, name):
        self.one(selector)
        return self.run("return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? null", selector, name)

    def use(self, find, deed, seconds=10):
        """Finds and does; once more from the finding on where the page has moved in between."""
        end = time.monotonic() + seconds
        while True:
            found = find()
            try:
                return deed(found)
            except MOVED:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def click(self, selector):
        self.use(lambda: self.one(selector), lambda node: node.click())

    def write(self, selector, *keys):
        """Into a field, in place of what it holds."""
        self.use(lambda: self.one(selector), lambda field: field.send_keys(Keys.CONTROL, "a", Keys.NULL, *keys))

    def focus(self, selector):
        self.use(lambda: self.one(selector), lambda node: self.run("arguments[0].focus()", node))

    def press(self, *keys):
        self.use(lambda: self.driver.switch_to.active_element, lambda node: node.send_keys(*keys))

    def click_button(self, text, within="main"):
        self.use(lambda: self.button(text, within), lambda node: node.click())

    def button(self, text, within="main"):
        """Found in the page in one go: a view may be drawn anew while it is looked through."""
        script = """
            const [within, text] = arguments;
            return [...document.querySelectorAll(`${within} button`)].find((node) => node.innerText === text && node.checkVisibility());
        """
        return until(lambda: self.run(script, within, text), 10, f"{within} has a button {text!r}")

    def fill_dialog(self, values, done):
        """Fills the open dialog's fields by name and presses its button."""
        self.one("dialog[open]")
        for name, value in values.items():
            field = f"dialog[open] [name={name}]"
            if self.one(field).tag_name == "select":
                self.click(f"{field} option[value='{value}']")
            else:
                self.write(field, value)
        self.click_button(done, "dialog[open]")

    def answers_name(self, name="Anna"):
        """What is asked once in a browser: who acts."""
        self.run("localStorage.setItem('forewarn.by', arguments[0])", name)

    def console(self):
        """What the page has complained of since it was last asked."""
        return [one["message"] for one in self.driver.get_log("browser") if one["level"] in ("SEVERE", "WARNING")]

    def photograph(self, name, is_whole=False):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        options = {"format": "png"}
        if is_whole:
            height = self.run("return document.documentElement.scrollHeight")
            width = self.run("return innerWidth")
            options |= {
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": width, "height": min(height, 4000), "scale": 1},
            }
        data = self.driver.execute_cdp_cmd("Page.captureScreenshot", options)["data"]
        path = pathlib.Path(SCREENSHOTS) / f"{name}.png"
        path.write_bytes(base64.b64decode(data))
        return path

    def close(self):
        self.driver.quit()
