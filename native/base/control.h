/*
 * Control socket: JSON-RPC 2.0, one request or batch a line, over a unix socket of mode 0600. One thread serves it.
 * control.c has the socket and its clients, control_line.c what a line means, control_error.c how a request is refused.
 */
#ifndef NETVM_BASE_CONTROL_H
#define NETVM_BASE_CONTROL_H

#include <stddef.h>

#include <cjson/cJSON.h>

#define CONTROL_CLIENTS 8
#define CONTROL_LINE_BYTES (1u << 20) /* with its end: 10,000 rules in one request */
#define CONTROL_BATCH_MAX 64
#define CONTROL_FIELD_BYTES 64

enum control_code {
	CONTROL_PARSE_ERROR = -32700,
	CONTROL_INVALID_REQUEST = -32600,
	CONTROL_NO_METHOD = -32601,
	CONTROL_INVALID_PARAMS = -32602,
	CONTROL_FAILED = -32000
};

/* Why a request is refused. All zero: for no reason that is known yet. */
struct control_error {
	int code;
	char field[CONTROL_FIELD_BYTES]; /* `hops[1].slot`; empty where it is no field's fault */
	char message[256];		 /* begins with the field */
};

/* A parameter is wrong: the message is `field: ` and the sentence. Returns -1. */
int control_wrong(struct control_error *error, const char *field, const char *sentence, ...) __attribute__((format(printf, 3, 4)));

/* It cannot be done now, whatever the parameters are. Returns -1. */
int control_failed(struct control_error *error, const char *sentence, ...) __attribute__((format(printf, 2, 3)));

/* A field's name with its place in a list: control_field(field, "hops[%u].slot", 1). Returns `field`. */
const char *control_field(char field[CONTROL_FIELD_BYTES], const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Refuses a member of `object` that is not among `known` (ended by NULL), or is there twice, and what is no object. `where`
 * comes before a member's name: "" for the parameters themselves, "traffic." for those of an object in them. Returns 0, or -1.
 */
int control_known(const cJSON *object, const char *where, const char *const *known, struct control_error *error);

/*
 * Answers one request. Returns the result (owned by the caller), or NULL with the reason in `error`; then nothing was changed.
 * `params` is never NULL (an empty object where the request has none).
 */
typedef cJSON *(*control_handler)(void *context, const char *method, const cJSON *params, struct control_error *error);

struct control_method {
	const char *name;
	const char *const *params; /* names, ended by NULL */
	cJSON *(*call)(void *context, const cJSON *params, struct control_error *error);
};

/* A handler for a list of methods (ended by one without a name): refuses a method or a parameter that is not in it. */
cJSON *control_dispatch(const struct control_method *methods, void *context, const char *method, const cJSON *params,
			struct control_error *error);

/* The answer to a line, for cJSON_free; NULL where there is none to give. */
char *control_answer(control_handler handler, void *context, const char *line, size_t bytes);

/* The answer to what is no request. */
char *control_refusal(int code, const char *message);

/* How many bytes of the text, from its beginning, are whole UTF-8 characters. */
size_t control_utf8(const char *text, size_t bytes);

struct control;

/* Creates the socket. NULL with a sentence on stderr where that fails. */
struct control *control_open(const char *path, control_handler handler, void *context);

/* Waits up to timeout_ms for requests and answers at most one line of each client. Never waits for a client that does not read. */
void control_serve(struct control *control, int timeout_ms);

/* Sends what clients take of what is unsent, closes, removes the socket. */
void control_close(struct control *control);

#endif
