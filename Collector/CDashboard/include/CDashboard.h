/// The dashboard's files, built into the program so that there is nothing to install beside it.
#pragma once

typedef struct {
    const char *path;
    const char *type;
    const unsigned char *bytes;
    unsigned long count;
} dashboard_asset;

/// The file at a place in the list, NULL past its end.
const dashboard_asset *dashboard_asset_at(unsigned long index);
