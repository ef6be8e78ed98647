/* Control socket: JSON-RPC 2.0, one object a line, over a unix socket of mode 0600. One thread serves it. */
#ifndef NETVM_BASE_CONTROL_H
#define NETVM_BASE_CONTROL_H

#include <cjson/cJSON.h>

#define CONTROL_CLIENTS 8
#define CONTROL_LINE_BYTES 65536

/*
 * Answers one request. Returns the result (owned by the caller), or NULL with a sentence in `error`.
 * `params` is never NULL (an empty object where the request has none).
 */
typedef cJSON *(*control_handler)(void *context, const char *method, const cJSON *params, char error[256]);

struct control;

/* Creates the socket. NULL with a sentence on stderr where that fails. */
struct control *control_open(const char *path, control_handler handler, void *context);

/* Waits up to timeout_ms for requests and answers those there are. */
void control_serve(struct control *control, int timeout_ms);

/* Sends what is unsent, closes, removes the socket. */
void control_close(struct control *control);

#endif
