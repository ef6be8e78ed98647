#define _GNU_SOURCE
#include "memif_server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "memif_handshake.h"
#include "memif_region.h"

static void send_disconnect(int fd, const char *reason)
{
	struct memif_message m = {.type = MEMIF_DISCONNECT};
	snprintf(m.disconnect.reason, sizeof m.disconnect.reason, "%s", reason);
	send(fd, &m, sizeof m, MSG_NOSIGNAL | MSG_DONTWAIT); /* where it is gone, it need not be told */
}

/* The link goes down, and no end looks at its memory when this returns. Ends come by once a burst, or rest. */
static void wait_until_nobody_looks(struct memif_server *s)
{
	static const struct timespec moment = {.tv_nsec = 100000};
	atomic_store(&s->live, 0);
	for (uint32_t i = 0; i < MEMIF_QUEUES_MAX; i++) {
		while (atomic_load(&s->tx[i].looking_at) != 0 || atomic_load(&s->rx[i].looking_at) != 0)
			nanosleep(&moment, NULL);
	}
}

static void drop_client(struct memif_server *s)
{
	wait_until_nobody_looks(s);
	atomic_store(&s->fault, NULL);
	memif_unmap_all(&s->link);
	memset(s->c2s, 0, sizeof s->c2s);
	memset(s->s2c, 0, sizeof s->s2c);
	s->initialised = 0;
	if (s->client >= 0)
		close(s->client);
	s->client = -1;
}

static void refuse(struct memif_server *s, const char *reason)
{
	snprintf(s->refusal, sizeof s->refusal, "%s", reason);
	fprintf(stderr, "netvm-gen: %s: the device is disconnected: %s\n", s->path, reason);
	atomic_store(&s->live, 0);
	send_disconnect(s->client, reason);
	drop_client(s);
}

/* Receives one message and at most one file with it. Returns its size, 0 where the client is gone. */
static ssize_t receive(int fd, struct memif_message *m, int *file)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))]; /* further files are closed by the kernel */
	} ancillary;
	struct iovec part = {m, sizeof *m};
	struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &ancillary, .msg_controllen = sizeof ancillary};
	ssize_t n = recvmsg(fd, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	*file = -1;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -1 : 0;
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(file, CMSG_DATA(c), sizeof(int));
	return n;
}

static void serve_client(struct memif_server *s)
{
	struct memif_message m = {0};
	int file;
	ssize_t n = receive(s->client, &m, &file);
	if (n == 0) {
		drop_client(s);
	} else if (n == sizeof m && m.type == MEMIF_DISCONNECT) {
		drop_client(s);
	} else if (n > 0) {
		const char *fault = n == sizeof m ? memif_obey(s, &m, file) : "a message has 128 bytes";
		if (fault)
			refuse(s, fault);
	}
	if (file >= 0)
		close(file); /* mappings stay; interrupts are not used */
}

static int has_gone(int client)
{
	struct pollfd p = {.fd = client};
	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) != 0;
}

/* A client that is up keeps the wire; one that is still shaking hands makes way, so that none can block it by silence. */
static void accept_client(struct memif_server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	if (s->client >= 0 && has_gone(s->client))
		drop_client(s); /* whatever it said last: a device that comes again must not find its own ghost */
	if (memif_link_up(s)) {
		send_disconnect(fd, "Already connected");
		close(fd);
		return;
	}
	if (s->client >= 0)
		refuse(s, "another device came during the handshake");
	s->client = fd;
	memif_send_hello(s);
}

static void *serve(void *context)
{
	struct memif_server *s = context;
	while (!atomic_load(&s->stop)) {
		struct pollfd p[] = {
			{.fd = s->poke, .events = POLLIN},
			{.fd = s->client, .events = POLLIN},
			{.fd = s->listener, .events = POLLIN},
		};
		uint64_t pokes;
		if (poll(p, 3, -1) < 0)
			continue;
		if (p[0].revents && read(s->poke, &pokes, sizeof pokes) < 0)
			continue;
		const char *fault = atomic_load(&s->fault);
		if (fault && s->client >= 0)
			refuse(s, fault);
		else if (p[1].revents)
			serve_client(s);
		if (p[2].revents)
			accept_client(s);
	}
	drop_client(s);
	return NULL;
}

static int listen_at(struct memif_server *s, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	memcpy(s->path, path, strlen(path) + 1);
	mode_t old = umask(0177);
	s->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int fault = s->listener < 0 || bind(s->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
		    listen(s->listener, 4) != 0;
	umask(old);
	return fault ? -1 : 0;
}

/* The thread must not take the program's signals. */
static int start_thread(struct memif_server *s)
{
	sigset_t all, before;
	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	int fault = pthread_create(&s->thread, NULL, serve, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = fault;
	return fault ? -1 : 0;
}

struct memif_server *memif_server_open(const char *path)
{
	struct memif_server *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->listener = s->client = -1;
	s->poke = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (uint32_t i = 0; i < MEMIF_QUEUES_MAX; i++)
		s->tx[i].server = s->rx[i].server = s;
	if (s->poke < 0 || listen_at(s, path) != 0 || memif_guard(s) != 0 || start_thread(s) != 0) {
		fprintf(stderr, "netvm-gen: %s: cannot listen for a device: %s\n", path, strerror(errno));
		memif_unguard(s);
		if (s->listener >= 0)
			close(s->listener);
		free(s);
		return NULL;
	}
	return s;
}

void memif_server_close(struct memif_server *s)
{
	uint64_t one = 1;
	atomic_store(&s->stop, 1);
	if (write(s->poke, &one, sizeof one) == sizeof one)
		pthread_join(s->thread, NULL);
	memif_unguard(s);
	close(s->listener);
	close(s->poke);
	unlink(s->path);
	free(s);
}

void memif_server_fault(struct memif_server *s, const char *reason)
{
	uint64_t one = 1;
	const char *none = NULL;
	atomic_compare_exchange_strong(&s->fault, &none, reason); /* the first one is the cause of the others */
	atomic_store(&s->live, 0);
	if (write(s->poke, &one, sizeof one) < 0)
		return; /* poked very often already */
}

int memif_end_look(struct memif_end *e)
{
	struct memif_server *s = e->server;
	uint32_t live = atomic_load(&s->live);
	for (uint32_t before = 0; live != before; live = atomic_load(&s->live)) {
		atomic_store(&e->looking_at, live); /* said first, then looked once more: the thread looks in the other order */
		before = live;
	}
	if (live == 0)
		return memif_end_rest(e), 0;
	if (e->connection != live) {
		int out = e >= s->tx && e < s->tx + MEMIF_QUEUES_MAX;
		const struct memif_ring_place *place = out ? &s->link.s2c[e - s->tx] : &s->link.c2s[e - s->rx];
		e->connection = live;
		e->ring = place->ring;
		e->mask = (uint16_t)(place->entries - 1);
		e->next = e->limit = e->asked = e->fetched = e->peeked = 0;
	}
	if (!e->ring)
		memif_end_rest(e);
	return e->ring != NULL;
}
