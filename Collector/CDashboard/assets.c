#include "CDashboard.h"

#define SCRIPT "text/javascript; charset=utf-8"
#define STYLE "text/css; charset=utf-8"

static const unsigned char index_html[] = {
#embed "Assets/index.html"
};
static const unsigned char about_js[] = {
#embed "Assets/about.js"
};
static const unsigned char accuracy_js[] = {
#embed "Assets/accuracy.js"
};
static const unsigned char act_js[] = {
#embed "Assets/act.js"
};
static const unsigned char advanced_js[] = {
#embed "Assets/advanced.js"
};
static const unsigned char advice_js[] = {
#embed "Assets/advice.js"
};
static const unsigned char alertlist_js[] = {
#embed "Assets/alertlist.js"
};
static const unsigned char alerts_js[] = {
#embed "Assets/alerts.js"
};
static const unsigned char api_js[] = {
#embed "Assets/api.js"
};
static const unsigned char base_css[] = {
#embed "Assets/base.css"
};
static const unsigned char chart_js[] = {
#embed "Assets/chart.js"
};
static const unsigned char cost_js[] = {
#embed "Assets/cost.js"
};
static const unsigned char deliveries_js[] = {
#embed "Assets/deliveries.js"
};
static const unsigned char demo_js[] = {
#embed "Assets/demo.js"
};
static const unsigned char dom_js[] = {
#embed "Assets/dom.js"
};
static const unsigned char format_js[] = {
#embed "Assets/format.js"
};
static const unsigned char frame_css[] = {
#embed "Assets/frame.css"
};
static const unsigned char frame_js[] = {
#embed "Assets/frame.js"
};
static const unsigned char guide_js[] = {
#embed "Assets/guide.js"
};
static const unsigned char heatmap_js[] = {
#embed "Assets/heatmap.js"
};
static const unsigned char help_js[] = {
#embed "Assets/help.js"
};
static const unsigned char history_js[] = {
#embed "Assets/history.js"
};
static const unsigned char host_js[] = {
#embed "Assets/host.js"
};
static const unsigned char hostparts_js[] = {
#embed "Assets/hostparts.js"
};
static const unsigned char level_js[] = {
#embed "Assets/level.js"
};
static const unsigned char live_js[] = {
#embed "Assets/live.js"
};
static const unsigned char main_js[] = {
#embed "Assets/main.js"
};
static const unsigned char mutes_js[] = {
#embed "Assets/mutes.js"
};
static const unsigned char overview_js[] = {
#embed "Assets/overview.js"
};
static const unsigned char parts_css[] = {
#embed "Assets/parts.css"
};
static const unsigned char route_js[] = {
#embed "Assets/route.js"
};
static const unsigned char scenario_js[] = {
#embed "Assets/scenario.js"
};
static const unsigned char table_js[] = {
#embed "Assets/table.js"
};
static const unsigned char theme_js[] = {
#embed "Assets/theme.js"
};
static const unsigned char thresholds_js[] = {
#embed "Assets/thresholds.js"
};
static const unsigned char top_js[] = {
#embed "Assets/top.js"
};
static const unsigned char views_css[] = {
#embed "Assets/views.css"
};
static const unsigned char words_act_js[] = {
#embed "Assets/words-act.js"
};
static const unsigned char words_guide_js[] = {
#embed "Assets/words-guide.js"
};
static const unsigned char words_help_js[] = {
#embed "Assets/words-help.js"
};
static const unsigned char words_views_js[] = {
#embed "Assets/words-views.js"
};
static const unsigned char words_js[] = {
#embed "Assets/words.js"
};

#define ASSET(path, type, bytes) {path, type, bytes, sizeof bytes}

static const dashboard_asset assets[] = {
    ASSET("/", "text/html; charset=utf-8", index_html),
    ASSET("/assets/about.js", SCRIPT, about_js),
    ASSET("/assets/accuracy.js", SCRIPT, accuracy_js),
    ASSET("/assets/act.js", SCRIPT, act_js),
    ASSET("/assets/advanced.js", SCRIPT, advanced_js),
    ASSET("/assets/advice.js", SCRIPT, advice_js),
    ASSET("/assets/alertlist.js", SCRIPT, alertlist_js),
    ASSET("/assets/alerts.js", SCRIPT, alerts_js),
    ASSET("/assets/api.js", SCRIPT, api_js),
    ASSET("/assets/base.css", STYLE, base_css),
    ASSET("/assets/chart.js", SCRIPT, chart_js),
    ASSET("/assets/cost.js", SCRIPT, cost_js),
    ASSET("/assets/deliveries.js", SCRIPT, deliveries_js),
    ASSET("/assets/demo.js", SCRIPT, demo_js),
    ASSET("/assets/dom.js", SCRIPT, dom_js),
    ASSET("/assets/format.js", SCRIPT, format_js),
    ASSET("/assets/frame.css", STYLE, frame_css),
    ASSET("/assets/frame.js", SCRIPT, frame_js),
    ASSET("/assets/guide.js", SCRIPT, guide_js),
    ASSET("/assets/heatmap.js", SCRIPT, heatmap_js),
    ASSET("/assets/help.js", SCRIPT, help_js),
    ASSET("/assets/history.js", SCRIPT, history_js),
    ASSET("/assets/host.js", SCRIPT, host_js),
    ASSET("/assets/hostparts.js", SCRIPT, hostparts_js),
    ASSET("/assets/level.js", SCRIPT, level_js),
    ASSET("/assets/live.js", SCRIPT, live_js),
    ASSET("/assets/main.js", SCRIPT, main_js),
    ASSET("/assets/mutes.js", SCRIPT, mutes_js),
    ASSET("/assets/overview.js", SCRIPT, overview_js),
    ASSET("/assets/parts.css", STYLE, parts_css),
    ASSET("/assets/route.js", SCRIPT, route_js),
    ASSET("/assets/scenario.js", SCRIPT, scenario_js),
    ASSET("/assets/table.js", SCRIPT, table_js),
    ASSET("/assets/theme.js", SCRIPT, theme_js),
    ASSET("/assets/thresholds.js", SCRIPT, thresholds_js),
    ASSET("/assets/top.js", SCRIPT, top_js),
    ASSET("/assets/views.css", STYLE, views_css),
    ASSET("/assets/words-act.js", SCRIPT, words_act_js),
    ASSET("/assets/words-guide.js", SCRIPT, words_guide_js),
    ASSET("/assets/words-help.js", SCRIPT, words_help_js),
    ASSET("/assets/words-views.js", SCRIPT, words_views_js),
    ASSET("/assets/words.js", SCRIPT, words_js),
};

const dashboard_asset *dashboard_asset_at(unsigned long index) {
    return index < sizeof assets / sizeof assets[0] ? &assets[index] : 0;
}
