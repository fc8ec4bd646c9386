// The guide that ships with the program. A chapter is a title and its parts: a text, {list}, {code}, {levels} or {factors};
// the last two are filled with examples from the fleet that is looked at.
export const guideWords = {
    about: "The guide that ships with this program. Its examples are hosts of this fleet, as they are now.", find: "Search the guide", chapters: "Chapters", noHit: (text) => `Nothing in the guide speaks of "${text}".`,
    example: "For example now", lastExample: "Last time", noExample: "No host is at this level now, and no alert has reached it here.", noFactor: "No score has points of this factor now.",
    host: (host, score) => `${host}, risk ${score}`, past: (host, at) => `alert of ${host}, ${at}`, points: (points) => `${points} points`, from: (low, high) => `${low} to ${high}`,
};

export const guide = [
    { id: "start", title: "The first five minutes", parts: [
        "Look at the headline of the overview. It says how many hosts are in trouble and which of them breaks first. If it says that no host is in trouble, you can stop here.",
        "The tiles below count the hosts of each level; the change is against an hour ago. Click one to see only its hosts. The worklist has the worst first, with the time until a limit is crossed and the reason in words.",
        "Click a host for its score taken apart, its 14 metrics with eight hours of forecast, what would help, and what to do. Every dotted label explains its number when you point at it, focus it or touch it.",
        { list: ["A new host has a score with its first samples and a forecast after an hour of them (12 steps of five minutes).", "Everything you choose is in the address: send the link and others see the same.", "The key ? lists what the keyboard can do; / finds a host."] },
    ] },
    { id: "levels", title: "Levels", parts: [
        "A host has a score from 0 to 100 and the score has a level. Each level has a name, a colour and a shape of its own, so that it is told apart without colour. From Degrading on there are alerts, unless the configuration says otherwise.",
        { levels: {
            "Imminent Failure": "It fails within minutes or is failing. Somebody is called at once.", Critical: "Several things are far outside what is normal. Somebody should look within a quarter of an hour.", Danger: "Serious and getting worse. Half an hour.",
            Warning: "Clearly unusual for its kind. An hour.", Degrading: "Getting worse, or foreseen to. Two hours.", Watch: "A little unusual, or the forecast sees something. Nobody is told.", Healthy: "As a host of its kind should be.",
        } },
        "A host that has sent nothing for 90 seconds is offline: it has no score, because an old score is no score.",
    ] },
    { id: "factors", title: "The four factors of a score", parts: [
        "A score is 70 % the present and 30 % the forecast. It always comes apart into points by metric and factor, and the points add up to the score exactly. Recovery has negative points.",
        { factors: {
            profile: "The same number means different things. A database at 98 % memory is healthy, for its cache; an ML host at 98 % is about to die. Every profile has its own soft limits.",
            trend: "40 % and steady is fine; 20, 40, 60 within minutes is not. Rises are measured against the host's own usual variation, so noise has no trend.",
            correlation: "CPU at 85 % alone is work. With memory, I/O wait and CLOSE_WAIT climbing beside it, it is an incident: several at once compound.",
            prediction: "The forecast's quantiles, the next half hour most. A breach that the median sees counts in full, one that only the 98 % quantile sees counts little.",
        } },
        "The critical metrics are I/O wait, memory and swap. CPU is shown as used: 100 minus idle.",
    ] },
    { id: "forecasts", title: "Forecasts, and how far to trust them", parts: [
        "Every five minutes each host's 14 metrics are forecast eight hours ahead by a Temporal Fusion Transformer. A forecast is not a line but a fan: the median, and the band from P10 to P90 in which the truth should lie eight times in ten.",
        { list: ["A wide band is honest: the model does not know better.", "A sudden crash without any sign before cannot be foreseen, and the score does not pretend to.", "Over gaps in the data the band is wider, or the forecast is withheld and says why.", "Where the model has lately been worse than a simple forecast for a metric of a host, the simple one speaks instead, and the risk believes it less."] },
        "The view Accuracy scores every forecast when its truth has come. Historical draws what was forecast at any moment over what came after it.",
    ] },
    { id: "alerts", title: "Alerts and the gates before them", parts: [
        "A score that stays at a level for two evaluations opens an alert (Imminent Failure at once); it ends when the score has been five points below for three. Hosts of one cause are one incident: a cascade names who moved first, and one call is made, not twenty.",
        { list: ["Acknowledge: somebody sees to it, nobody else is called until it ends, becomes worse, or the time is over.", "Verdict: was it real trouble? Verdicts teach the figures of cost avoidance.", "Flapping: four changes in half an hour are told once, then in a digest.", "The escalation clock says when the next person is called."] },
        "Nobody was told and you wonder why? The host's view lists every gate between its score and a page, with its numbers, and names the one that held.",
    ] },
    { id: "thresholds", title: "Thresholds, and trying them", parts: [
        "All numbers behind a score stand in Advanced, each with its bounds, what the configuration file says and what is in force. Write another value into the draft and try it: the last seven days are lived through again, and you see pages per day before and after, and every alert that would be new, gone or changed.",
        "Putting it in force holds at once, is written down with your name and reason, and can be undone with one click.",
    ] },
    { id: "maintenance", title: "Maintenance and silences", parts: [
        "A silence keeps alerts from being told until a moment. A maintenance window does so for planned work, once or by a rule of RFC 5545 that ends, like FREQ=WEEKLY;BYDAY=SU;COUNT=52; what happens in it is shaded in charts and not learnt from.",
        "Both name hosts by pattern (ppdb*), profile or labels, and both keep the alerts: they are seen here, only nobody is called.",
    ] },
    { id: "deliveries", title: "Deliveries", parts: [
        "PagerDuty, Slack, mail, webhooks and Alertmanager are channels of the configuration; routes say which level and host goes where. Every message is a row of the outbox before it leaves, so none is lost by a restart.",
        { list: ["Waiting: on its way, or tried again later.", "Given up: the receiver refused for good. Mend the cause, then send it again from here.", "Send a test goes the real way along a route, and says what the receivers answered."] },
        { code: "forewarn-collector alert test ROUTE" },
    ] },
    { id: "models", title: "Models", parts: [
        "The shipped model forecasts hosts that it has never seen. With models.retrain the collector learns from your fleet when nobody else wants the CPU; the new model forecasts unheard beside the one in use and takes over only when its loss on the same hosts and steps is 2 % lower. One that falls below the best simple forecast makes way for the one before it.",
        { code: "forewarn-collector model list\nforewarn-collector model rollback" },
    ] },
    { id: "money", title: "Cost avoidance", parts: [
        "The sum counts an incident only when an alert was open before the limit was crossed, or when people judged it real; what was judged a false alarm never counts. Cost, hours and share are your own assumptions and stand in the address. Behind the sum stands the list of what was counted and what was not, and why.",
    ] },
    { id: "api", title: "Everything by curl", parts: [
        "Whatever this page shows comes from routes that answer to anybody who may ask; /openapi.json describes all of them, and Advanced shows the raw JSON of any.",
        { code: "curl -s ORIGIN/api/v1/fleet | jq .levels\ncurl -s ORIGIN/api/v1/hosts/HOST/risk | jq '.score, .level, .parts[0].sentence'\ncurl -s 'ORIGIN/api/v1/hosts/HOST/forecast?metric=mem_used_pct'\ncurl -s ORIGIN/api/v1/hosts/HOST/explanation | jq .sentence\ncurl -s ORIGIN/api/v1/hosts/HOST/whatif -d '{\"changes\":[{\"metric\":\"mem_used_pct\",\"over\":\"PT1H\",\"set\":95}]}'\ncurl -s 'ORIGIN/api/v1/hosts/HOST/series?metric=mem_used_pct&format=csv'\ncurl -s ORIGIN/api/v1/alerts" },
        "Live: the WebSocket /ws/predictions sends the fleet, then every five seconds what has changed, and alerts at once. Prometheus reads /metrics.",
    ] },
];
