#ifndef IO_HTTP_MULTI_H
#define IO_HTTP_MULTI_H
/* A curl multi handle on the loop; for io/http.c only. */
#include <curl/curl.h>
#include "base/err.h"
#include "io/loop.h"

struct http_multi;
/* A transfer has ended; `request` is its CURLOPT_PRIVATE.  Called outside of
 * curl, so anything may be done, http_multi_remove of it first of all. */
typedef void http_multi_done(void *request, CURLcode);

struct http_multi *http_multi_new(struct loop *, http_multi_done *);
void http_multi_free(struct http_multi *);	/* no transfer may be left */
void http_multi_add(struct http_multi *, CURL *);
void http_multi_remove(struct http_multi *, CURL *);

/* What went wrong, for a result that is not CURLE_OK. */
enum err_code http_multi_code(CURLcode);
#endif
