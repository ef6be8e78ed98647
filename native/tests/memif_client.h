/* A scripted memif client: it says and shares what a test wants it to. One region: the two rings, then a buffer a slot. */
#ifndef NETVM_TESTS_MEMIF_CLIENT_H
#define NETVM_TESTS_MEMIF_CLIENT_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "../gen/memif.h"

#define LOG2_RING 3u
#define RING 8u
#define RING_BYTES (128u + 16u * RING)
#define BUFFER 2048u
#define BUFFERS_AT (2u * RING_BYTES)
#define REGION_BYTES (BUFFERS_AT + 2u * RING * BUFFER)

struct client {
	int fd;
	int file;
	uint8_t *base;
	struct memif_ring *s2c, *c2s;
};

static inline struct client client_new(const char *path)
{
	struct client c = {.fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), .file = memfd_create("region", 0)};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = 20};
	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	assert_int_equal(connect(c.fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(ftruncate(c.file, REGION_BYTES), 0);
	c.base = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, c.file, 0);
	assert_ptr_not_equal(c.base, MAP_FAILED);
	c.s2c = (struct memif_ring *)c.base;
	c.c2s = (struct memif_ring *)(c.base + RING_BYTES);
	c.s2c->cookie = c.c2s->cookie = MEMIF_COOKIE;
	for (uint32_t i = 0; i < RING; i++) {
		c.s2c->desc[i] = (struct memif_desc){.length = BUFFER, .offset = BUFFERS_AT + i * BUFFER};
		c.c2s->desc[i] = (struct memif_desc){.offset = BUFFERS_AT + (RING + i) * BUFFER};
	}
	return c;
}

static inline void client_leave(struct client *c)
{
	close(c->fd);
	close(c->file);
	munmap(c->base, REGION_BYTES);
}

static inline void client_send(struct client *c, const struct memif_message *m, int file)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} ancillary = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	struct iovec part = {(void *)(uintptr_t)m, sizeof *m};
	struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1};
	if (file >= 0) {
		memcpy(CMSG_DATA(&ancillary.header), &file, sizeof file);
		h.msg_control = &ancillary;
		h.msg_controllen = sizeof ancillary;
	}
	assert_int_equal(sendmsg(c->fd, &h, MSG_NOSIGNAL), sizeof *m);
}

static inline void client_expect(struct client *c, enum memif_type type)
{
	struct memif_message m;
	assert_int_equal(recv(c->fd, &m, sizeof m, 0), sizeof m);
	assert_int_equal(m.type, type);
}

/* It is told why, and then there is no one there any more. */
static inline void client_expect_refusal(struct client *c, const char *reason)
{
	struct memif_message m;
	do
		assert_int_equal(recv(c->fd, &m, sizeof m, 0), sizeof m);
	while (m.type != MEMIF_DISCONNECT);
	m.disconnect.reason[sizeof m.disconnect.reason - 1] = 0;
	assert_string_equal(m.disconnect.reason, reason);
	assert_int_equal(recv(c->fd, &m, sizeof m, 0), 0);
}

static inline struct memif_message message_init(void)
{
	struct memif_message m = {.type = MEMIF_INIT};
	m.init.version = MEMIF_VERSION;
	return m;
}

static inline struct memif_message message_region(uint16_t index, uint64_t size)
{
	struct memif_message m = {.type = MEMIF_ADD_REGION};
	m.add_region = (struct memif_add_region){index, size};
	return m;
}

static inline struct memif_message message_ring(uint16_t flags, uint16_t index, uint16_t region, uint32_t offset, uint8_t log2)
{
	struct memif_message m = {.type = MEMIF_ADD_RING};
	m.add_ring = (struct memif_add_ring){flags, index, region, offset, log2, 0};
	return m;
}

static inline struct memif_message message_connect(void)
{
	return (struct memif_message){.type = MEMIF_CONNECT};
}

/* The messages of an honest handshake, for a test to spoil one. */
#define HANDSHAKE 5
static inline void handshake(struct memif_message m[HANDSHAKE])
{
	m[0] = message_init();
	m[1] = message_region(0, REGION_BYTES);
	m[2] = message_ring(MEMIF_RING_C2S, 0, 0, RING_BYTES, LOG2_RING);
	m[3] = message_ring(0, 0, 0, 0, LOG2_RING);
	m[4] = message_connect();
}

/* Sends the handshake's messages [0, n), each after the answer to the one before it. */
static inline void client_shake(struct client *c, const struct memif_message *m, int n)
{
	client_expect(c, MEMIF_HELLO);
	for (int i = 0; i < n; i++) {
		client_send(c, &m[i], m[i].type == MEMIF_ADD_REGION ? c->file : -1);
		if (i < n - 1)
			client_expect(c, MEMIF_ACK);
	}
}

/* Connected, and all receive buffers offered. */
static inline struct client client_connected(const char *path)
{
	struct memif_message m[HANDSHAKE];
	struct client c = client_new(path);
	handshake(m);
	client_shake(&c, m, HANDSHAKE);
	client_expect(&c, MEMIF_CONNECTED);
	__atomic_store_n(&c.s2c->head, RING, __ATOMIC_RELEASE);
	return c;
}

#endif
