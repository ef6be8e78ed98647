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
#include <time.h>
#include <unistd.h>

/* How long a client may leave an answer unread, and how long one that is to be closed may go on sending. */
#define UNREAD_MS 5000
#define LINGER_MS 1000

struct client {
	int fd; /* -1: free */
	int leaving; /* sent something that is no line: closed once it has been told */
	char *answer; /* what it has not been sent of the last one; no other request of its is read before that is gone */
	size_t answer_bytes;
	size_t sent;
	int64_t limit_ms; /* with `answer` or `leaving`: closed then */
	uint32_t begin; /* of what is unread of `line` */
	uint32_t used;
	int64_t newline; /* the first one from `begin` on; -1: none yet */
	char line[CONTROL_LINE_BYTES];
};

struct control {
	int listener;
	char path[108];
	control_handler handler;
	void *context;
	struct client clients[CONTROL_CLIENTS];
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

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
	cJSON_free(client->answer);
	client->fd = -1;
	client->answer = NULL;
}

/* As much as the socket takes now. */
static void send_answer(struct client *client)
{
	while (client->answer) {
		ssize_t n = send(client->fd, client->answer + client->sent, client->answer_bytes - client->sent, MSG_NOSIGNAL);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				drop_client(client);
			return;
		}
		client->sent += (size_t)n;
		if (client->sent < client->answer_bytes)
			continue;
		cJSON_free(client->answer);
		client->answer = NULL;
		if (client->leaving)
			shutdown(client->fd, SHUT_WR);
	}
}

static void give_answer(struct client *client, char *text, int within_ms)
{
	client->limit_ms = now_ms() + within_ms;
	if (!text)
		return;
	client->answer_bytes = strlen(text);
	text[client->answer_bytes++] = '\n'; /* the terminator's place */
	client->answer = text;
	client->sent = 0;
	send_answer(client);
}

static void find_newline(struct client *client, uint32_t from)
{
	const char *found = memchr(client->line + from, '\n', client->used - from);
	client->newline = found ? found - client->line : -1;
}

static void answer_line(struct control *c, struct client *client)
{
	const char *line = client->line + client->begin;
	size_t bytes = (size_t)client->newline - client->begin;
	client->begin = (uint32_t)client->newline + 1;
	give_answer(client, control_answer(c->handler, c->context, line, bytes), UNREAD_MS);
	if (client->fd >= 0)
		find_newline(client, client->begin);
}

/* What it goes on sending is read and forgotten: closed at once, it could lose the answer. */
static void refuse_line(struct client *client)
{
	char why[64];
	snprintf(why, sizeof why, "expected a line of at most %u bytes", CONTROL_LINE_BYTES);
	client->leaving = 1;
	give_answer(client, control_refusal(CONTROL_INVALID_REQUEST, why), LINGER_MS);
}

static void read_client(struct client *client)
{
	uint32_t rest = client->leaving ? 0 : client->used - client->begin;
	memmove(client->line, client->line + client->begin, rest);
	client->begin = 0;
	client->used = rest;
	ssize_t n = recv(client->fd, client->line + rest, CONTROL_LINE_BYTES - rest, 0);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		drop_client(client);
		return;
	}
	if (n < 0 || client->leaving)
		return;
	client->used += (uint32_t)n;
	find_newline(client, rest);
	if (client->newline < 0 && client->used == CONTROL_LINE_BYTES)
		refuse_line(client);
}

static void accept_client(struct control *c)
{
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &c->clients[i];
		if (client->fd >= 0)
			continue;
		client->fd = fd;
		client->leaving = 0;
		client->begin = client->used = 0;
		client->newline = -1;
		return;
	}
	close(fd);
}

static int has_line(const struct client *client)
{
	return client->fd >= 0 && !client->leaving && !client->answer && client->newline >= 0;
}

static void serve_client(struct control *c, struct client *client, short events)
{
	if (events && client->answer)
		send_answer(client);
	else if (events && !has_line(client))
		read_client(client);
	if (has_line(client))
		answer_line(c, client);
}

void control_serve(struct control *c, int timeout_ms)
{
	struct pollfd polls[CONTROL_CLIENTS + 1] = {{.fd = c->listener, .events = POLLIN}};
	int64_t now = now_ms();
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &c->clients[i];
		if (client->fd >= 0 && (client->answer || client->leaving) && now >= client->limit_ms)
			drop_client(client);
		if (has_line(client))
			timeout_ms = 0;
		polls[i + 1] = (struct pollfd){.fd = client->fd, .events = client->answer ? POLLOUT : has_line(client) ? 0 : POLLIN};
	}
	if (poll(polls, CONTROL_CLIENTS + 1, timeout_ms) < 0)
		return;
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		if (c->clients[i].fd >= 0)
			serve_client(c, &c->clients[i], polls[i + 1].revents);
	}
	if (polls[0].revents & POLLIN)
		accept_client(c);
}

void control_close(struct control *c)
{
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		send_answer(&c->clients[i]);
		if (c->clients[i].fd >= 0)
			drop_client(&c->clients[i]);
	}
	close(c->listener);
	unlink(c->path);
	free(c);
}
