#include <curl/curl.h>

/// curl_easy_setopt() and curl_easy_getinfo() are variadic, which Swift cannot call; one typed door per argument type.
static inline CURLcode curl_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode curl_set_text(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode curl_set_pointer(CURL *h, CURLoption o, const void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode curl_set_list(CURL *h, CURLoption o, struct curl_slist *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode curl_set_write(CURL *h, curl_write_callback f, void *context) {
    CURLcode code = curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, f);
    return code != CURLE_OK ? code : curl_easy_setopt(h, CURLOPT_WRITEDATA, context);
}
static inline CURLcode curl_set_header(CURL *h, curl_write_callback f, void *context) {
    CURLcode code = curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, f);
    return code != CURLE_OK ? code : curl_easy_setopt(h, CURLOPT_HEADERDATA, context);
}
static inline CURLcode curl_get_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode curl_set_progress(CURL *h, curl_xferinfo_callback f, void *context) {
    CURLcode code = curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, f);
    if (code == CURLE_OK) code = curl_easy_setopt(h, CURLOPT_XFERINFODATA, context);
    return code != CURLE_OK ? code : curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
}
static inline struct curl_certinfo *curl_get_certificates(CURL *h) {
    struct curl_certinfo *info = NULL;
    return curl_easy_getinfo(h, CURLINFO_CERTINFO, &info) == CURLE_OK ? info : NULL;
}
static inline CURLcode curl_set_read(CURL *h, curl_read_callback f, void *context) {
    CURLcode code = curl_easy_setopt(h, CURLOPT_READFUNCTION, f);
    return code != CURLE_OK ? code : curl_easy_setopt(h, CURLOPT_READDATA, context);
}
static inline CURLcode curl_set_open_socket(CURL *h, curl_opensocket_callback f, void *context) {
    CURLcode code = curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, f);
    return code != CURLE_OK ? code : curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, context);
}
