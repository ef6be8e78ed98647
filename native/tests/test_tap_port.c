/* A tap device as a port of the switch, whose guest is started again: skipped, and said, where a machine gives no tap devices. */
#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake_switch.h"
#include "tap.h"

#define RING 4096u
#define BURST 5000u /* more than the ring takes */
#define PACKETS 10u

static struct tap_port port;
static int tap = -1;

static void start(void)
{
	fake_switch_start(1, 1);
	for (uint32_t i = 0; i < FAKE_MBUFS; i++)
		fake.mbufs[i].buf_len = BUFFER_STRIDE;
	fake.queues[FAKE_WIRE][0].waiting = 0;
	port = (struct tap_port){.pool = &fake.pool};
	s.hops[0].tap = &port;
}

static void run_dry(void)
{
	while (switch_round(&s) > 0 || s.held > 0)
		;
}

static void send_from_wire(uint32_t n)
{
	fake.queues[FAKE_WIRE][0].waiting = n;
	run_dry();
}

/* Its guest sends each back, and the last one again and again. */
static void echo(uint32_t last)
{
	uint8_t frame[2048];
	ssize_t bytes = 0;
	for (uint32_t i = 0; i < PACKETS; i++) {
		bytes = read(tap, frame, sizeof frame);
		assert_int_equal(bytes, 60);
		assert_int_equal(write(tap, frame, (size_t)bytes), bytes);
	}
	run_dry();
	for (uint32_t i = 0; i < last; i++)
		assert_int_equal(write(tap, frame, (size_t)bytes), bytes);
}

/* Another device by the same name, before anybody has looked. What the old one has given is not lost, and its counts stay. */
static void a_tap_that_comes_anew_is_taken_again(void **state)
{
	(void)state;
	start();
	tap = tap_make();
	for (uint32_t life = 1; life <= 3; life++) {
		assert_int_equal(tap_look(&port, TAP), 0);
		assert_true(tap_up(&port));
		send_from_wire(PACKETS);
		echo(BURST);
		close(tap);
		tap = tap_make();
		assert_true(tap >= 0);
		assert_false(tap_up(&port));
		fake.queues[FAKE_WIRE][0].room = 0; /* and while nothing of it can go on */
		for (int i = 0; i < 5; i++)
			switch_round(&s);
		fake.queues[FAKE_WIRE][0].room = UINT64_MAX;
		send_from_wire(1);
		assert_int_equal(count(SWITCH_TX), life * (PACKETS + RING));
		assert_int_equal(count(SWITCH_DROP_TAP_FULL), life * (BURST - RING));
		assert_int_equal(count(SWITCH_DROP_PORT_DOWN), life);
	}
	close(tap);
	run_dry();
	assert_int_equal(tap_look(&port, TAP), 0); /* there is none */
	assert_false(tap_up(&port));
	assert_int_equal(fake.unused_count, FAKE_MBUFS);
}

static void what_the_kernel_refuses_is_counted(void **state)
{
	(void)state;
	start();
	tap = tap_make();
	assert_int_equal(tap_look(&port, TAP), 0);
	struct rte_mbuf *m = fake.unused[--fake.unused_count];
	m->data_len = 2000;
	assert_int_equal(tap_send(&port, &m, 1), 1);
	run_dry();
	assert_int_equal(count(SWITCH_DROP_TAP_REFUSED), 1);
	assert_int_equal(fake.unused_count, FAKE_MBUFS);
	packet_close(&port.socket);
	close(tap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tap_that_comes_anew_is_taken_again),
		cmocka_unit_test(what_the_kernel_refuses_is_counted),
	};
	if (tap_network() != 0 || (tap = tap_make()) < 0) {
		printf("cannot run here: needs root, network namespaces and /dev/net/tun: %s\n", strerror(errno));
		return 77; /* skipped, to meson */
	}
	close(tap);
	if (fake_switch_memory() != 0)
		return 1;
	int failed = cmocka_run_group_tests_name("tap_port", tests, NULL, NULL);
	free(buffers);
	return failed;
}
