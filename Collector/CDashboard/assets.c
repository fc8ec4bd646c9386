#include "CDashboard.h"

#define SCRIPT "text/javascript; charset=utf-8"

static const unsigned char index_html[] = {
#embed "Assets/index.html"
};
static const unsigned char style_css[] = {
#embed "Assets/style.css"
};
static const unsigned char main_js[] = {
#embed "Assets/main.js"
};
static const unsigned char api_js[] = {
#embed "Assets/api.js"
};
static const unsigned char words_js[] = {
#embed "Assets/words.js"
};
static const unsigned char dom_js[] = {
#embed "Assets/dom.js"
};
static const unsigned char level_js[] = {
#embed "Assets/level.js"
};
static const unsigned char overview_js[] = {
#embed "Assets/overview.js"
};
static const unsigned char host_js[] = {
#embed "Assets/host.js"
};
static const unsigned char chart_js[] = {
#embed "Assets/chart.js"
};

#define ASSET(path, type, bytes) {path, type, bytes, sizeof bytes}

static const dashboard_asset assets[] = {
    ASSET("/", "text/html; charset=utf-8", index_html),
    ASSET("/assets/style.css", "text/css; charset=utf-8", style_css),
    ASSET("/assets/main.js", SCRIPT, main_js),
    ASSET("/assets/api.js", SCRIPT, api_js),
    ASSET("/assets/words.js", SCRIPT, words_js),
    ASSET("/assets/dom.js", SCRIPT, dom_js),
    ASSET("/assets/level.js", SCRIPT, level_js),
    ASSET("/assets/overview.js", SCRIPT, overview_js),
    ASSET("/assets/host.js", SCRIPT, host_js),
    ASSET("/assets/chart.js", SCRIPT, chart_js),
};

const dashboard_asset *dashboard_asset_at(unsigned long index) {
    return index < sizeof assets / sizeof assets[0] ? &assets[index] : 0;
}
