"""What people do through the page: play a scenario, acknowledge, judge, silence, try a threshold and take it."""

import http.server
import threading
import time
import unittest

from browser import Browser, Keys
from running import Collector, until
from stage import Stage

CHANNELS = """
channels:
  hook: { kind: webhook, url: "http://127.0.0.1:%d/" }
routes:
  - name: everything
    hours: daily 18:00-08:00
    channels: [hook]
    escalate: [hook]
"""


class Deeds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Stage.fleet()
        cls.browser = Browser(cls.collector.url)
        cls.browser.open()
        cls.browser.answers_name()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def setUp(self):
        self.browser.console()

    def tearDown(self):
        self.assertEqual(self.browser.console(), [])

    def levels(self):
        return self.browser.run("return [...document.querySelectorAll('.tile b')].map((node) => node.textContent).join()")

    def test_1_scenario_changes_levels_within_15_seconds(self):
        self.browser.open("scenario")
        until(lambda: self.browser.text("main .card > .keysrow"), 10, "the levels are counted")
        before = self.browser.text("main .card > .keysrow")
        self.browser.click("#scenario-critical")
        began = time.monotonic()
        until(lambda: self.browser.text("main .card > .keysrow") != before, 15, f"levels other than {before!r}")
        print(f"\n  first other level after {time.monotonic() - began:.1f} s", end=" ", flush=True)
        self.browser.waits_for("main .scenario[aria-current=true]", "Critical")

    def test_2_demo_walks_the_views(self):
        self.browser.open("scenario")
        self.browser.click("#startdemo")
        seen = []
        for _ in range(9):
            seen.append(self.browser.run("return location.hash.split(/[/?]/)[1] || 'overview'"))
            self.browser.click("#demonext")
            time.sleep(0.4)
        self.assertEqual(
            seen, ["overview", "scenario", "overview", "top", "host", "heatmap", "alerts", "advice", "history"])
        self.browser.click("#demoend")
        self.assertEqual(self.browser.all(".demopanel"), [])

    def test_3_alert_is_acknowledged_and_judged(self):
        Stage.ill_fleet()
        self.browser.open("alerts")
        until(lambda: self.browser.all("main tbody tr"), 15, "an alert is open")
        identity = self.browser.run("return document.querySelector('main tbody a').hash.split('/').pop()")
        self.browser.click_button("Acknowledge")
        self.browser.fill_dialog({"hours": "1", "note": "on it <b>now</b>"}, "Acknowledge")
        until(lambda: not self.browser.all("dialog"), 10, "the acknowledgement is taken")
        acknowledgement = self.collector.get(f"/api/v1/alerts/{identity}")["incident"]["acknowledgement"]
        self.assertEqual((acknowledgement["by"], acknowledgement["note"]), ("Anna", "on it <b>now</b>"))
        self.browser.go(f"alerts/{identity}")
        self.browser.waits_for("main", "Anna sees to it")
        self.browser.click_button("Verdict")
        self.browser.fill_dialog({"verdict": "real"}, "Verdict")
        self.browser.waits_for("main", "real trouble, Anna")
        self.assertEqual(self.collector.get(f"/api/v1/alerts/{identity}")["verdict"], "real")

    def test_4_silence_and_window_come_and_go(self):
        self.browser.open("alerts/quiet")
        self.browser.click_button("New silence")
        self.browser.fill_dialog({"host": "ppml*", "why": "disk swap"}, "Save")
        self.browser.waits_for("main", "disk swap")
        self.assertEqual(self.collector.get("/api/v1/silences")["silences"][0]["host"], "ppml*")
        self.browser.click_button("End")
        until(lambda: not self.collector.get("/api/v1/silences")["silences"], 10, "the silence has ended")
        self.browser.click_button("New window")
        self.browser.fill_dialog({"host": "ppdb*", "rrule": "FREQ=NEVER", "why": "backup"}, "Save")
        self.browser.waits_for("dialog", "Refused")
        self.browser.fill_dialog({"rrule": "FREQ=WEEKLY;BYDAY=SU;COUNT=3"}, "Save")
        until(lambda: not self.browser.all("dialog"), 10, "the window is taken")
        self.browser.waits_for("main", "backup")
        window = self.collector.get("/api/v1/maintenance")["maintenance"][0]
        self.assertEqual((window["host"], window["times"]), ("ppdb*", 3))
        self.browser.click_button("End")
        until(lambda: not self.collector.get("/api/v1/maintenance")["maintenance"], 10, "the window has ended")
        # The refusal above is the collector's, and the browser notes every answer that is no success.
        self.assertTrue(all("400" in one for one in self.browser.console()))

    def test_5_threshold_is_tried_and_taken_and_undone(self):
        self.browser.open("advanced?find=trend.points")
        self.browser.write("main input[type=number]", "40", Keys.TAB)
        self.browser.waits_for("main", "1 change in the draft")
        self.assertIn("draft=trend.points", self.browser.driver.current_url)
        if self.collector.has("/api/v1/thresholds/simulate"):
            self.browser.click("#try")
            self.browser.waits_for("#outcome", "Pages per day", 90)
            self.assertRegex(self.browser.text("#outcome"), r"Pages per day\s+[\d.]+\s+[\d.]+")
        self.browser.click_button("Put in force")
        self.browser.fill_dialog({"comment": "quieter"}, "Put in force")
        until(lambda: not self.browser.all("dialog"), 10, "the thresholds are taken")
        now = self.collector.get("/api/v1/thresholds")
        self.assertEqual((now["settings"]["trend"]["points"], now["by"], now["comment"]), (40, "Anna", "quieter"))
        self.browser.click_button("Undo the last change")
        until(
            lambda: self.collector.get("/api/v1/thresholds")["settings"]["trend"]["points"] == 54, 10,
            "the change is undone")

    def test_6_assumptions_of_money(self):
        if not self.collector.has("/api/v1/cost-avoidance"):
            self.skipTest("this collector has no route for it")
        self.browser.open("cost")
        self.browser.write("main .fields input", "1000", Keys.TAB)
        self.browser.waits_for("main .costsum", "$1,000 an hour")
        self.assertIn("cost_per_hour=1000", self.browser.driver.current_url)

    def test_7_route_is_seen_and_tested(self):
        """A channel of our own hears the test page, and the outbox says so."""
        heard = []

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                heard.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        collector = Collector(config=CHANNELS % receiver.server_port)
        self.browser.url, before = collector.url, self.browser.url
        try:
            self.browser.open("alerts/routes")
            self.browser.answers_name()
            self.browser.waits_for("main table", "● told")
            self.assertIn("after 5 min", self.browser.text("main table"))
            self.assertIn("daily 18:00-08:00 (UTC)", self.browser.text("main"))
            self.browser.click_button("Send a test")
            self.browser.waits_for("main .deed", "hook: delivered", 35)
            self.assertTrue(heard)
            self.browser.go("alerts/told")
            self.browser.waits_for("main tbody", "Delivered")
        finally:
            self.browser.url = before
            collector.close()
            receiver.shutdown()
            receiver.server_close()

    def test_8_live(self):
        """Alerts and levels come by themselves; nothing is loaded again."""
        self.browser.open()
        self.browser.run("window.isSame = true")
        levels = self.levels()
        Stage.fleet().scenario("healthy")
        until(lambda: self.levels() != levels, 60, "levels other than before")
        self.assertTrue(self.browser.run("return window.isSame"))
        self.assertIn("Live", self.browser.text(".pulse"))


if __name__ == "__main__":
    unittest.main()
