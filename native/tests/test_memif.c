/* The generator's end of the memif wire against a scripted client, honest and hostile. */
#define _GNU_SOURCE
#include "check.h"

#include <stdio.h>

#include "../gen/memif_ring.h"
#include "memif_client.h"

static char path[64];

static struct memif_server *open_server(void)
{
	snprintf(path, sizeof path, "/tmp/netvm-test-memif-%d", getpid());
	struct memif_server *s = memif_server_open(path);
	assert_non_null(s);
	return s;
}

/* The thread hears of a client's leave or arrival in its own time. */
static void wait_for_link(struct memif_server *s, int up)
{
	for (int i = 0; i < 20000 && memif_link_up(s) != up; i++)
		usleep(1000);
	assert_int_equal(memif_link_up(s), up);
}

static void rest(struct memif_server *s)
{
	memif_end_rest(&s->tx[0]);
	memif_end_rest(&s->rx[0]);
}

/* The client sends a frame of `length` bytes that starts with `mark`. */
static void client_transmit(struct client *c, uint8_t mark, uint32_t length, uint16_t flags)
{
	struct memif_desc *d = &c->c2s->desc[c->c2s->head % RING];
	d->flags = flags;
	d->length = length;
	c->base[d->offset] = mark;
	__atomic_store_n(&c->c2s->head, (uint16_t)(c->c2s->head + 1), __ATOMIC_RELEASE);
}

static void frames_go_both_ways_and_the_rings_wrap(void **state)
{
	(void)state;
	struct memif_server *s = open_server();
	struct client c = client_connected(path);
	wait_for_link(s, 1);
	for (uint32_t round = 0; round < 30000; round++) { /* three frames each: the indexes wrap at 65536 */
		uint8_t *to[RING];
		uint16_t lengths[] = {60, 61, 1514};
		assert_int_equal(memif_reserve(&s->tx[0], to, RING), RING);
		for (uint32_t i = 0; i < 3; i++)
			memset(to[i], (int)(round + i), lengths[i]);
		memif_commit(&s->tx[0], lengths, 3);
		for (uint32_t i = 0; i < 3; i++) {
			struct memif_desc *d = &c.s2c->desc[(c.s2c->tail - 3u + i) % RING];
			assert_int_equal(d->length, lengths[i]);
			assert_int_equal(c.base[d->offset + lengths[i] - 1], (uint8_t)(round + i));
			client_transmit(&c, (uint8_t)(round ^ i), 60 + i, 0);
			d->length = BUFFER;
		}
		c.s2c->head = (uint16_t)(c.s2c->head + 3);
		struct io_frame f[RING];
		assert_int_equal(memif_peek(&s->rx[0], f, RING), 3);
		for (uint32_t i = 0; i < 3; i++) {
			assert_int_equal(f[i].length, 60 + i);
			assert_int_equal(f[i].readable, 60 + i);
			assert_int_equal(f[i].data[0], (uint8_t)(round ^ i));
		}
		assert_int_equal((uint16_t)(c.c2s->head - c.c2s->tail), 3);
		memif_release(&s->rx[0]);
		assert_int_equal(c.c2s->head, c.c2s->tail);
		assert_int_equal(memif_peek(&s->rx[0], f, RING), 0);
	}
	rest(s);
	client_leave(&c);
	memif_server_close(s);
}

static void no_more_is_sent_than_there_are_buffers(void **state)
{
	(void)state;
	struct memif_server *s = open_server();
	struct client c = client_connected(path);
	uint8_t *to[2 * RING];
	uint16_t lengths[RING] = {60, 60, 60, 60, 60, 60, 60, 60};
	wait_for_link(s, 1);
	assert_int_equal(memif_reserve(&s->tx[0], to, 2 * RING), RING);
	memif_commit(&s->tx[0], lengths, RING);
	assert_int_equal(memif_reserve(&s->tx[0], to, 1), 0);
	c.s2c->desc[0].length = BUFFER;
	c.s2c->head++;
	assert_int_equal(memif_reserve(&s->tx[0], to, 2), 1);
	rest(s);
	client_leave(&c);
	memif_server_close(s);
}

static void a_frame_in_pieces_is_one_frame(void **state)
{
	(void)state;
	struct memif_server *s = open_server();
	struct client c = client_connected(path);
	struct io_frame f[RING];
	wait_for_link(s, 1);
	client_transmit(&c, 1, 100, MEMIF_DESC_NEXT);
	assert_int_equal(memif_peek(&s->rx[0], f, RING), 0); /* its end is not there yet */
	client_transmit(&c, 2, 50, 0);
	client_transmit(&c, 3, 60, 0);
	assert_int_equal(memif_peek(&s->rx[0], f, RING), 2);
	assert_int_equal(f[0].length, 150);
	assert_int_equal(f[0].readable, 100);
	assert_int_equal(f[1].data[0], 3);
	memif_release(&s->rx[0]);
	assert_int_equal(c.c2s->tail, 3);
	rest(s);
	client_leave(&c);
	memif_server_close(s);
}

/* One message of the handshake is spoilt; the client is told what is wrong, and the next one is served as if nothing had been. */
static void a_bad_handshake_is_refused_with_its_reason(void **state)
{
	(void)state;
	static const struct {
		int at;
		struct memif_message message;
		const char *reason;
	} bad[] = {
		{0, {.type = MEMIF_INIT, .init = {.version = 0x0100}}, "memif version 2.0 is expected"},
		{0, {.type = MEMIF_INIT, .init = {.version = MEMIF_VERSION, .mode = 1}}, "mode ethernet is expected"},
		{0, {.type = MEMIF_INIT, .init = {.version = MEMIF_VERSION, .id = 7}}, "interface id 0 is expected"},
		{0, {.type = MEMIF_CONNECT}, "init is expected first"},
		{0, {.type = MEMIF_ADD_REGION, .add_region = {0, REGION_BYTES}}, "init is expected first"},
		{1, {.type = 99}, "no such message"},
		{1, {.type = MEMIF_ADD_REGION, .add_region = {1, REGION_BYTES}}, "regions come in order of their index, 64 at most"},
		{1, {.type = MEMIF_ADD_REGION, .add_region = {65535, REGION_BYTES}}, "regions come in order of their index, 64 at most"},
		{1, {.type = MEMIF_ADD_REGION, .add_region = {0, REGION_BYTES + 1}}, "a region's file is shorter than the region"},
		{1, {.type = MEMIF_ADD_REGION, .add_region = {0, 0}}, "a region has 1 byte to 4 GiB"},
		{1, {.type = MEMIF_ADD_REGION, .add_region = {0, UINT64_MAX}}, "a region has 1 byte to 4 GiB"},
		{2, {.type = MEMIF_ADD_RING, .add_ring = {1, MEMIF_QUEUES_MAX, 0, 0, 3, 0}}, "a ring's index is out of range or taken"},
		{2, {.type = MEMIF_ADD_RING, .add_ring = {1, 0, 0, 0, 15, 0}}, "a ring has 2 to 16384 descriptors"},
		{2, {.type = MEMIF_ADD_RING, .add_ring = {1, 0, 0, 0, 255, 0}}, "a ring has 2 to 16384 descriptors"},
		{2, {.type = MEMIF_ADD_RING, .add_ring = {1, 0, 0, 0, 0, 0}}, "a ring has 2 to 16384 descriptors"},
		{2, {.type = MEMIF_ADD_RING, .add_ring = {1, 0, 0, 0, 3, 64}}, "no private header is expected"},
		{2, {.type = MEMIF_CONNECT}, "a ring of each direction is expected"},
		{3, {.type = MEMIF_ADD_RING, .add_ring = {1, 0, 0, 0, 3, 0}}, "a ring's index is out of range or taken"},
	};
	struct memif_server *s = open_server();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct memif_message m[HANDSHAKE];
		struct client c = client_new(path);
		handshake(m);
		m[bad[i].at] = bad[i].message;
		client_shake(&c, m, bad[i].at + 1);
		client_expect_refusal(&c, bad[i].reason);
		client_leave(&c);
		c = client_connected(path);
		wait_for_link(s, 1);
		client_leave(&c);
		wait_for_link(s, 0);
	}
	memif_server_close(s);
}

static void a_ring_that_is_not_where_it_can_be_is_refused(void **state)
{
	(void)state;
	static const struct {
		uint16_t region;
		uint32_t offset;
		uint8_t log2;
	} bad[] = {{1, 0, 3}, {65535, 0, 3}, {0, 32, 3}, {0, REGION_BYTES / 64 * 64, 3}, {0, 0, 14}, {0, UINT32_MAX - 63, 3}};
	struct memif_server *s = open_server();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct memif_message m[HANDSHAKE];
		struct client c = client_new(path);
		handshake(m);
		m[3] = message_ring(0, 0, bad[i].region, bad[i].offset, bad[i].log2);
		client_shake(&c, m, HANDSHAKE);
		client_expect_refusal(&c, "a ring is outside of its region or not at a cache line");
		client_leave(&c);
	}
	struct client c = client_new(path);
	struct memif_message m[HANDSHAKE];
	handshake(m);
	c.c2s->cookie = 0;
	client_shake(&c, m, HANDSHAKE);
	client_expect_refusal(&c, "a ring lacks its cookie");
	client_leave(&c);
	memif_server_close(s);
}

static void a_region_is_a_file_in_memory(void **state)
{
	(void)state;
	struct memif_server *s = open_server();
	struct memif_message init = message_init(), region = message_region(0, 4096);
	int files[] = {-1, open("/dev/zero", O_RDWR), open("/proc/self/exe", O_RDONLY)};
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct client c = client_new(path);
		client_expect(&c, MEMIF_HELLO);
		client_send(&c, &init, -1);
		client_expect(&c, MEMIF_ACK);
		client_send(&c, &region, files[i]);
		client_expect_refusal(&c, i == 0 ? "a region comes with a file" : "a region's file is in memory or on huge pages");
		client_leave(&c);
		if (files[i] >= 0)
			close(files[i]);
	}
	memif_server_close(s);
}

/* What a client can do to the rings once it is connected. */
static void far_head_in(struct client *c) { c->c2s->head = 1000; }
static void far_head_out(struct client *c) { c->s2c->head = (uint16_t)(c->s2c->tail + RING + 1); }
static void head_backwards(struct client *c) { c->s2c->head = (uint16_t)-1; }
static void frame_of_no_region(struct client *c)
{
	c->c2s->desc[0].region = 9;
	client_transmit(c, 0, 60, 0);
	c->c2s->desc[0].region = 9;
}
static void frame_past_the_end(struct client *c)
{
	client_transmit(c, 0, 60, 0);
	c->c2s->desc[0].offset = REGION_BYTES - 59;
}
static void endless_length(struct client *c) { client_transmit(c, 0, UINT32_MAX, 0); }
static void endless_chain(struct client *c)
{
	for (uint32_t i = 0; i < RING; i++)
		client_transmit(c, 0, 60, MEMIF_DESC_NEXT);
}
static void buffer_past_the_end(struct client *c) { c->s2c->desc[0].offset = REGION_BYTES - MEMIF_BUFFER_BYTES + 1; }
static void buffer_of_no_region(struct client *c) { c->s2c->desc[0].region = 1; }
static void small_buffer(struct client *c) { c->s2c->desc[0].length = MEMIF_BUFFER_BYTES - 1; }
static void shorter_file(struct client *c) { assert_int_equal(ftruncate(c->file, 0), 0); }

static void a_hostile_ring_takes_the_link_down_and_nothing_else(void **state)
{
	(void)state;
	static const char head[] = "a ring's head is more than a ring ahead", outside[] = "a frame is outside of its region",
			  buffer[] = "a buffer is outside of its region or has less than 1536 bytes";
	static const struct {
		void (*act)(struct client *);
		const char *reason;
	} hostile[] = {
		{far_head_in, head},
		{far_head_out, head},
		{head_backwards, head},
		{frame_of_no_region, outside},
		{frame_past_the_end, outside},
		{endless_length, outside},
		{endless_chain, "a frame is longer than its ring"},
		{buffer_past_the_end, buffer},
		{buffer_of_no_region, buffer},
		{small_buffer, buffer},
		{shorter_file, "a region's file has been made shorter"},
	};
	struct memif_server *s = open_server();
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		struct client c = client_connected(path);
		uint8_t *to[RING];
		struct io_frame f[RING];
		wait_for_link(s, 1);
		hostile[i].act(&c);
		memif_reserve(&s->tx[0], to, RING);
		memif_peek(&s->rx[0], f, RING);
		assert_false(memif_link_up(s));
		assert_int_equal(memif_reserve(&s->tx[0], to, RING), 0);
		assert_int_equal(memif_peek(&s->rx[0], f, RING), 0);
		client_expect_refusal(&c, hostile[i].reason);
		client_leave(&c);
	}
	memif_server_close(s);
}

static void a_client_may_leave_at_any_message_and_come_again(void **state)
{
	(void)state;
	struct memif_server *s = open_server();
	struct memif_message m[HANDSHAKE];
	handshake(m);
	for (int n = 0; n <= HANDSHAKE; n++) {
		struct client c = client_new(path);
		client_shake(&c, m, n);
		client_leave(&c);
	}
	struct client silent = client_new(path); /* it does not block the one after it */
	client_expect(&silent, MEMIF_HELLO);
	struct client c = client_connected(path);
	wait_for_link(s, 1);
	client_expect_refusal(&silent, "another device came during the handshake");
	struct client third = client_new(path);
	client_expect_refusal(&third, "Already connected");
	client_send(&c, &(struct memif_message){.type = MEMIF_DISCONNECT}, -1);
	wait_for_link(s, 0);
	client_leave(&silent);
	client_leave(&third);
	client_leave(&c);
	memif_server_close(s);
}

/* The thread sees the client go while a frame is being read: the frame stays until its reader comes by again. */
static void memory_stays_while_an_end_looks_at_it(void **state)
{
	(void)state;
	struct memif_server *s = open_server();
	struct client c = client_connected(path);
	struct io_frame f[RING];
	wait_for_link(s, 1);
	client_transmit(&c, 77, 60, 0);
	assert_int_equal(memif_peek(&s->rx[0], f, RING), 1);
	client_leave(&c);
	wait_for_link(s, 0);
	usleep(10000);
	assert_int_equal(f[0].data[0], 77);
	memif_release(&s->rx[0]);
	assert_int_equal(memif_peek(&s->rx[0], f, RING), 0);
	c = client_connected(path);
	wait_for_link(s, 1);
	client_transmit(&c, 78, 60, 0);
	assert_int_equal(memif_peek(&s->rx[0], f, RING), 1);
	assert_int_equal(f[0].data[0], 78);
	rest(s);
	client_leave(&c);
	memif_server_close(s);
}

/* What a trial does while no device is there: before the first, after the last. */
static void without_a_device_nothing_is_touched(void **state)
{
	(void)state;
	struct memif_server *s = open_server();
	for (int came_before = 0; came_before < 2; came_before++) {
		uint8_t *to[RING];
		uint16_t lengths[RING] = {60};
		struct io_frame f[RING];
		assert_int_equal(memif_reserve(&s->tx[0], to, RING), 0);
		memif_commit(&s->tx[0], lengths, 0);
		assert_int_equal(memif_peek(&s->rx[0], f, RING), 0);
		memif_release(&s->rx[0]); /* a device may go between two looks of a sweep */
		struct client c = client_connected(path);
		wait_for_link(s, 1);
		assert_int_equal(memif_reserve(&s->tx[0], to, RING), RING);
		memif_commit(&s->tx[0], lengths, 1);
		client_transmit(&c, 1, 60, 0);
		assert_int_equal(memif_peek(&s->rx[0], f, RING), 1);
		client_leave(&c);
		wait_for_link(s, 0);
		rest(s);
		while (__atomic_load_n(&s->link.c2s[0].ring, __ATOMIC_ACQUIRE) != NULL) /* until the thread has unmapped it */
			usleep(1000);
	}
	memif_server_close(s);
}

static void several_queues_have_rings_of_their_own(void **state)
{
	(void)state;
	struct memif_server *s = open_server();
	struct client c = client_new(path);
	struct memif_message m[HANDSHAKE + 1];
	struct io_frame f[RING];
	handshake(m);
	struct memif_ring *second = (struct memif_ring *)(c.base + BUFFERS_AT); /* where its first buffer would be */
	*second = (struct memif_ring){.cookie = MEMIF_COOKIE};
	m[4] = message_ring(MEMIF_RING_C2S, 1, 0, BUFFERS_AT, 1);
	m[5] = message_connect();
	client_shake(&c, m, HANDSHAKE + 1);
	client_expect(&c, MEMIF_CONNECTED);
	wait_for_link(s, 1);
	second->desc[0] = (struct memif_desc){.length = 99, .offset = BUFFERS_AT + RING * BUFFER};
	__atomic_store_n(&second->head, 1, __ATOMIC_RELEASE);
	assert_int_equal(memif_peek(&s->rx[0], f, RING), 0);
	assert_int_equal(memif_peek(&s->rx[1], f, RING), 1);
	assert_int_equal(f[0].length, 99);
	memif_end_rest(&s->rx[1]);
	assert_int_equal(memif_peek(&s->rx[2], f, RING), 0); /* no such ring */
	rest(s);
	client_leave(&c);
	memif_server_close(s);
}

#define SMALL_RING_BYTES 192u /* of two descriptors, in whole cache lines */
#define FIRST_SMALL_BUFFER (BUFFERS_AT + 2 * MEMIF_QUEUES_MAX * SMALL_RING_BYTES)

static struct memif_ring *small_ring(const struct client *c, uint32_t queue, int c2s)
{
	return (struct memif_ring *)(c->base + BUFFERS_AT + (2 * queue + (uint32_t)c2s) * SMALL_RING_BYTES);
}

/* Connected with so many queues, rings of two descriptors each. Every queue offers a buffer and sends a frame of 60 + queue bytes. */
static struct client client_with_queues(uint32_t queues)
{
	struct memif_message m[3 + 2 * MEMIF_QUEUES_MAX] = {message_init(), message_region(0, REGION_BYTES)};
	struct client c = client_new(path);
	for (uint32_t q = 0; q < queues; q++) {
		for (int c2s = 0; c2s < 2; c2s++) {
			struct memif_ring *ring = small_ring(&c, q, c2s);
			*ring = (struct memif_ring){.cookie = MEMIF_COOKIE};
			ring->desc[0] = (struct memif_desc){.length = c2s ? 60 + q : BUFFER, .offset = FIRST_SMALL_BUFFER};
			m[2 + 2 * q + (uint32_t)c2s] = message_ring(c2s ? MEMIF_RING_C2S : 0, (uint16_t)q, 0, (uint32_t)((uint8_t *)ring - c.base), 1);
		}
	}
	m[2 + 2 * queues] = message_connect();
	client_shake(&c, m, (int)(3 + 2 * queues));
	client_expect(&c, MEMIF_CONNECTED);
	for (uint32_t q = 0; q < queues; q++) {
		__atomic_store_n(&small_ring(&c, q, 0)->head, 1, __ATOMIC_RELEASE);
		__atomic_store_n(&small_ring(&c, q, 1)->head, 1, __ATOMIC_RELEASE);
	}
	return c;
}

/* Every queue of the device begins anew; one that it has no more has nothing and takes nothing, and there is no fault in that. */
static void expect_queues(struct memif_server *s, uint32_t queues)
{
	struct io_frame f[RING];
	uint8_t *to[RING];
	for (uint32_t q = 0; q < MEMIF_QUEUES_MAX; q++) {
		assert_int_equal(memif_reserve(&s->tx[q], to, 1), q < queues ? 1 : 0);
		assert_int_equal(memif_peek(&s->rx[q], f, RING), q < queues ? 1 : 0);
		if (q < queues)
			assert_int_equal(f[0].length, 60 + q);
	}
	assert_true(memif_link_up(s));
}

static void a_device_of_many_queues_dies_and_one_of_fewer_comes(void **state)
{
	(void)state;
	struct memif_server *s = open_server();
	const uint32_t queues[] = {MEMIF_QUEUES_MAX, 3, 1, MEMIF_QUEUES_MAX};
	for (uint32_t i = 0; i < 4; i++) {
		struct client c = client_with_queues(queues[i]);
		wait_for_link(s, 1);
		expect_queues(s, queues[i]);
		client_leave(&c);
		wait_for_link(s, 0);
		/* All ends but the last are at rest: the memory stays for that one, and nobody else is let in before it has come by. */
		uint32_t last = queues[i] - 1;
		for (uint32_t q = 0; q < MEMIF_QUEUES_MAX; q++) {
			memif_end_rest(&s->tx[q]);
			if (q != last)
				memif_end_rest(&s->rx[q]);
		}
		usleep(10000);
		assert_non_null(s->link.c2s[last].ring);
		memif_release(&s->rx[last]);
		assert_int_equal(memif_peek(&s->rx[last], (struct io_frame[RING]){0}, RING), 0);
	}
	memif_server_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_go_both_ways_and_the_rings_wrap),
		cmocka_unit_test(no_more_is_sent_than_there_are_buffers),
		cmocka_unit_test(a_frame_in_pieces_is_one_frame),
		cmocka_unit_test(a_bad_handshake_is_refused_with_its_reason),
		cmocka_unit_test(a_ring_that_is_not_where_it_can_be_is_refused),
		cmocka_unit_test(a_region_is_a_file_in_memory),
		cmocka_unit_test(a_hostile_ring_takes_the_link_down_and_nothing_else),
		cmocka_unit_test(a_client_may_leave_at_any_message_and_come_again),
		cmocka_unit_test(memory_stays_while_an_end_looks_at_it),
		cmocka_unit_test(without_a_device_nothing_is_touched),
		cmocka_unit_test(several_queues_have_rings_of_their_own),
		cmocka_unit_test(a_device_of_many_queues_dies_and_one_of_fewer_comes),
	};
	return cmocka_run_group_tests_name("memif", tests, NULL, NULL);
}
