"""Every view by a real collector and the demonstration fleet: light, dark and on a phone."""

import re
import unittest

import looks
from browser import Browser, Keys
from running import until
from stage import Stage

VIEWS = {
    "overview": "", "top": "top", "heatmap": "heatmap", "heatmap-ahead": "heatmap?metric=mem_used_pct&ahead=120",
    "alerts": "alerts", "alerts-past": "alerts/past", "alerts-quiet": "alerts/quiet", "alerts-told": "alerts/told",
    "advice": "advice", "history": "history/ppdb001", "accuracy": "accuracy", "thresholds": "advanced",
    "models": "advanced/models", "raw": "advanced/raw", "guide": "guide", "scenario": "scenario", "about": "about",
    "host": "host/ppdb001", "alerts-routes": "alerts/routes", "cost": "cost",
}
NEEDS = {"alerts-routes": "/api/v1/deliveries/routing", "cost": "/api/v1/cost-avoidance"}


class Views(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Stage.ill_fleet()
        cls.browser = Browser(cls.collector.url)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def views(self):
        return {
            name: view for name, view in VIEWS.items() if name not in NEEDS or self.collector.has(NEEDS[name])
        }

    def complaints(self, name, *scripts):
        found = [f"{name}: {one}" for script in scripts for one in self.browser.run(script)]
        return found + [f"{name}: {one}" for one in self.browser.console()]

    def look(self, theme, size, is_whole):
        self.browser.dress(theme, size, is_still=True)
        wrong = []
        for name, view in self.views().items():
            self.browser.open(view)
            self.browser.one("main *")
            if view.startswith(("host", "history", "top")):
                self.browser.one("main .plot canvas", 20)
            wrong += self.complaints(
                f"{name} {theme} {size}", looks.CONTRAST, looks.LABELS, looks.HELP, looks.WIDTH, looks.SHAPES)
            self.browser.photograph(f"{name}-{theme}" + ("-phone" if size == "phone" else ""), is_whole)
        self.assertEqual(wrong, [], "\n".join(wrong))

    def test_light(self):
        self.look("light", "desk", False)

    def test_dark(self):
        self.look("dark", "desk", False)

    def test_phone(self):
        self.look("light", "phone", False)

    def test_overview_answers_at_once(self):
        """Which hosts are in trouble, when they break, and why: without scrolling."""
        self.browser.dress()
        self.browser.open()
        worst = self.collector.get("/api/v1/hosts?limit=1")["hosts"][0]
        until(lambda: self.browser.all(".trouble"), 10, "the worst hosts stand on the page")
        self.assertIn("in trouble", self.browser.text("main h1"))
        bottom = until(
            lambda: self.browser.run("return document.querySelector('.trouble')?.getBoundingClientRect().bottom"), 10,
            "the worst host has its place")
        self.assertLess(bottom, 900)
        self.assertGreater(len(self.browser.text(".trouble .because")), 10)
        self.assertGreater(len(self.browser.text(".trouble .when")), 5)
        rows = self.browser.all("main tbody tr")
        self.assertEqual(len(rows), 20)
        scores = [float(one) for one in self.browser.texts("main tbody .scorebar > span:first-child") if one != "–"]
        self.assertEqual(scores, sorted(scores, reverse=True))
        self.assertIsNotNone(worst["score"])

    def test_choices_are_in_the_address(self):
        self.browser.dress()
        self.browser.open()
        self.browser.click(".tile.healthy")
        self.assertIn("level=Healthy", self.browser.driver.current_url)
        shown = len(self.browser.all("main tbody tr"))
        self.browser.driver.refresh()
        until(self.browser.is_drawn, 20, "the overview is drawn again")
        until(lambda: len(self.browser.all("main tbody tr")) > 0 or shown == 0, 10, "its rows")
        self.assertEqual(self.browser.attribute(".tile.healthy", "aria-current"), "true")
        self.browser.open("history/ppdb001?metric=mem_used_pct,swap_used_pct&range=3h")
        until(lambda: len(self.browser.all("main figure.chart")) == 2, 15, "two charts")
        self.assertEqual(self.browser.texts("main .choice [aria-pressed=true]")[0], "3 h")

    def test_score_adds_up(self):
        self.browser.dress()
        self.browser.open(f"host/{self.collector.get('/api/v1/hosts?limit=1')['hosts'][0]['host']}")
        texts = self.browser.run("return [...document.querySelectorAll('main .part b')].map((node) => node.textContent)")
        numbers = [float(text.replace("−", "-").replace("+", "")) for text in texts]
        self.assertGreater(len(numbers), 2)
        self.assertAlmostEqual(sum(numbers[:-1]), numbers[-1], delta=0.01 * len(numbers))

    def test_keyboard(self):
        """The skip link first, then in order, and what has the focus is seen."""
        self.browser.dress()
        self.browser.open()
        self.browser.run("document.activeElement.blur(); scrollTo(0, 0)")
        seen = []
        for _ in range(30):
            self.browser.press(Keys.TAB)
            seen.append(self.browser.run("""
                const node = document.activeElement;
                const style = getComputedStyle(node);
                return [node.id || node.getAttribute("class") || node.tagName, style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
            """))
        self.assertEqual(seen[0][0], "skip")
        self.assertEqual([name for name, is_seen in seen if not is_seen], [])
        self.browser.run("document.getElementById('skip').focus()")
        self.browser.press(Keys.ENTER)
        self.assertEqual(self.browser.run("return document.activeElement.id"), "view")
        self.browser.press("g", "m")
        until(lambda: "#/heatmap" in self.browser.driver.current_url, 5, "g m leads to the heatmap")
        until(self.browser.is_drawn, 10, "the heatmap is drawn")
        self.browser.focus("svg.heat")
        self.browser.press(Keys.ARROW_RIGHT)
        self.browser.press(Keys.ARROW_RIGHT)
        self.assertRegex(self.browser.text(".heatsays"), r"^pp\w+: Risk")
        self.browser.press(Keys.ENTER)
        until(lambda: "#/host/" in self.browser.driver.current_url, 5, "Enter opens the host")
        self.browser.press("?")
        self.browser.one("dialog[open]")
        self.browser.press(Keys.ESCAPE)
        until(lambda: not self.browser.all("dialog"), 5, "Escape closes the list of keys")
        self.browser.press("/")
        self.browser.press("db002")
        self.browser.press(Keys.ENTER)
        until(lambda: "#/host/ppdb002" in self.browser.driver.current_url, 5, "a host is found by its name")

    def test_help_line(self):
        self.browser.dress()
        self.browser.open()
        self.browser.click(".hero [data-help=chance8]")
        self.assertIn("8 hours", self.browser.text(".tip"))
        self.browser.press(Keys.ESCAPE)
        until(
            lambda: not self.browser.run("return document.querySelector('.tip')?.checkVisibility() ?? false"), 3,
            "Escape hides the help")

    def test_colours_are_switched_and_kept(self):
        self.browser.dress()
        self.browser.open()
        self.browser.click("header button[title^=Colours]")
        self.browser.click("header button[title^=Colours]")
        self.assertEqual(self.browser.run("return document.documentElement.dataset.theme"), "dark")
        dark = self.browser.run("return getComputedStyle(document.body).backgroundColor")
        self.browser.open("about")
        self.assertEqual(self.browser.run("return getComputedStyle(document.body).backgroundColor"), dark)
        self.browser.click("header button[title^=Colours]")
        self.assertNotEqual(self.browser.run("return getComputedStyle(document.body).backgroundColor"), dark)

    def test_heatmap_plays(self):
        self.browser.dress()
        self.browser.open("heatmap")
        self.browser.click_button("Play the forecast")
        until(lambda: "ahead=" in self.browser.driver.current_url, 5, "the slider moves by itself")
        self.browser.click_button("Pause")

    def test_what_was_forecast(self):
        self.browser.dress()
        moments = until(
            lambda: self.collector.get("/api/v1/hosts/ppdb001/forecasts")["moments"], 10, "a forecast is kept")
        self.browser.open(f"history/ppdb001?made_at={moments[-1]}&metric=cpu_used_pct")
        self.browser.waits_for("main", "against what came")
        self.browser.one("main .plot canvas")
        link = self.browser.attribute("main a[download]", "href")
        self.assertIn("format=csv", link)
        heading = self.browser.driver.execute_async_script(
            "fetch(arguments[0]).then((answer) => answer.text()).then((text) => arguments[1](text.split('\\n')[0]))", link)
        self.assertEqual(heading.strip(), "time,cpu_used_pct")

    def test_guide(self):
        self.browser.dress()
        self.browser.open("guide")
        self.assertGreaterEqual(len(self.browser.all(".guide section")), 10)

        def examples_fit():
            """A host stands at each level that has one. Levels move on while the page is read: then it is read again."""
            self.browser.open("guide")
            levels = self.collector.get("/api/v1/fleet")["levels"]
            return all(
                re.search(r"pp\w+", self.browser.text(f"[data-example='{level}']"))
                for level, count in levels.items() if count)

        until(examples_fit, 60, "every level is explained by a host that is at it")
        self.assertRegex(self.browser.text("[data-example=profile]"), r"pp\w+, [\d.]+ points: ")
        self.browser.write("main input[type=search]", "flapping")
        until(lambda: len(self.browser.all(".guide section")) < 4, 5, "the search leaves what fits")
        self.assertGreater(len(self.browser.all(".guide mark")), 0)


if __name__ == "__main__":
    unittest.main()
