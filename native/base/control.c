#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PARSE_ERROR = -32700, INVALID_REQUEST = -32600, FAILED = -32000 };

struct client {
	int fd; /* -1: free */
	uint32_t used;
	char line[CONTROL_LINE_BYTES];
};

struct control {
	int listener;
	char path[108];
	control_handler handler;
	void *context;
	struct client clients[CONTROL_CLIENTS];
};

struct control *control_open(const char *path, control_handler handler, void *context)
{
	struct control *c = calloc(1, sizeof *c);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (!c || strlen(path) + 1 >= sizeof address.sun_path) {
		fprintf(stderr, "%s: a socket path has at most %zu bytes\n", path, sizeof address.sun_path - 2);
		free(c);
		return NULL;
	}
	/* Bound under another name and renamed: whoever sees the socket can connect to it. */
	snprintf(address.sun_path, sizeof address.sun_path, "%s~", path);
	snprintf(c->path, sizeof c->path, "%s", path);
	c->handler = handler;
	c->context = context;
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		c->clients[i].fd = -1;
	mode_t old = umask(0177);
	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ok = c->listener >= 0 && bind(c->listener, (struct sockaddr *)&address, sizeof address) == 0 &&
		 listen(c->listener, CONTROL_CLIENTS) == 0 &&
		 rename(address.sun_path, path) == 0;
	umask(old);
	if (!ok) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		if (c->listener >= 0)
			close(c->listener);
		free(c);
		return NULL;
	}
	return c;
}

static void drop_client(struct client *client)
{
	close(client->fd);
	client->fd = -1;
	client->used = 0;
}

/* A client that does not read its answers is dropped rather than waited for. */
static void answer(struct client *client, cJSON *reply)
{
	char *text = cJSON_PrintUnformatted(reply);
	cJSON_Delete(reply);
	if (!text)
		return;
	size_t bytes = strlen(text);
	text[bytes++] = '\n'; /* the terminator's place */
	for (size_t sent = 0; sent < bytes;) {
		ssize_t n = send(client->fd, text + sent, bytes - sent, MSG_NOSIGNAL);
		if (n <= 0) {
			struct pollfd p = {.fd = client->fd, .events = POLLOUT};
			if (n < 0 && errno == EAGAIN && poll(&p, 1, 1000) == 1)
				continue;
			drop_client(client);
			break;
		}
		sent += (size_t)n;
	}
	cJSON_free(text);
}

static cJSON *new_reply(const cJSON *request)
{
	cJSON *reply = cJSON_CreateObject();
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(request, "id");
	cJSON_AddStringToObject(reply, "jsonrpc", "2.0");
	cJSON_AddItemToObject(reply, "id", id ? cJSON_Duplicate(id, 1) : cJSON_CreateNull());
	return reply;
}

static void add_error(cJSON *reply, int code, const char *message)
{
	cJSON *error = cJSON_AddObjectToObject(reply, "error");
	cJSON_AddNumberToObject(error, "code", code);
	cJSON_AddStringToObject(error, "message", message);
}

static void handle_line(struct control *c, struct client *client, const char *line)
{
	cJSON *request = cJSON_Parse(line);
	cJSON *reply = new_reply(request);
	const cJSON *method = cJSON_GetObjectItemCaseSensitive(request, "method");
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(request, "params");
	if (!request) {
		add_error(reply, PARSE_ERROR, "expected one JSON object on a line");
	} else if (!cJSON_IsString(method) || (params && !cJSON_IsObject(params))) {
		add_error(reply, INVALID_REQUEST, "expected a string `method` and, if any, an object `params`");
	} else {
		cJSON *none = cJSON_CreateObject();
		char error[256] = "failed";
		cJSON *result = c->handler(c->context, method->valuestring, params ? params : none, error);
		if (result)
			cJSON_AddItemToObject(reply, "result", result);
		else
			add_error(reply, FAILED, error);
		cJSON_Delete(none);
	}
	cJSON_Delete(request);
	answer(client, reply);
}

static void read_client(struct control *c, struct client *client)
{
	ssize_t n = recv(client->fd, client->line + client->used, CONTROL_LINE_BYTES - 1 - client->used, 0);
	if (n == 0 || (n < 0 && errno != EAGAIN) || client->used + (n > 0 ? (uint32_t)n : 0) >= CONTROL_LINE_BYTES - 1) {
		drop_client(client); /* gone, or a line longer than any request */
		return;
	}
	if (n < 0)
		return;
	client->used += (uint32_t)n;
	client->line[client->used] = 0;
	char *end;
	while (client->fd >= 0 && (end = memchr(client->line, '\n', client->used))) {
		*end = 0;
		handle_line(c, client, client->line);
		uint32_t taken = (uint32_t)(end - client->line) + 1;
		if (client->fd < 0)
			return;
		client->used -= taken;
		memmove(client->line, end + 1, client->used);
	}
}

static void accept_client(struct control *c)
{
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		if (c->clients[i].fd < 0) {
			c->clients[i].fd = fd;
			c->clients[i].used = 0;
			return;
		}
	}
	close(fd);
}

void control_serve(struct control *c, int timeout_ms)
{
	struct pollfd polls[CONTROL_CLIENTS + 1] = {{.fd = c->listener, .events = POLLIN}};
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		polls[i + 1] = (struct pollfd){.fd = c->clients[i].fd, .events = POLLIN};
	if (poll(polls, CONTROL_CLIENTS + 1, timeout_ms) <= 0)
		return;
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		if (polls[i + 1].revents && c->clients[i].fd >= 0)
			read_client(c, &c->clients[i]);
	}
	if (polls[0].revents & POLLIN)
		accept_client(c);
}

void control_close(struct control *c)
{
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		if (c->clients[i].fd >= 0)
			close(c->clients[i].fd);
	}
	close(c->listener);
	unlink(c->path);
	free(c);
}
