/*
 * A packet socket against a tap device, in a network of its own: what is lost has a count, what is not taken is said, and a frame stays as it is. Needs root and
 * /dev/net/tun; skipped, and said, where there is none.
 */
#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../vswitch/packet_socket.h"
#include "tap.h"

#define RING 4096u
#define FRAME 60u
#define SENT 5000u

static int tap = -1;
static struct packet_socket s;
static uint64_t refused;

static int open_socket(void **state)
{
	(void)state;
	return packet_open(&s, TAP);
}

static int close_tap(void **state)
{
	(void)state;
	packet_close(&s);
	return close(tap);
}

static void make(uint8_t *frame, uint32_t number)
{
	memset(frame, 0, FRAME);
	memset(frame, 2, 12);
	frame[12] = 0x88, frame[13] = 0xb5; /* for experiments */
	memcpy(frame + 14, &number, sizeof number);
}

static uint32_t number_of(const uint8_t *frame)
{
	uint32_t number;
	memcpy(&number, frame + 14, sizeof number);
	return number;
}

static void what_finds_the_ring_full_is_counted(void **state)
{
	(void)state;
	uint8_t frame[FRAME];
	struct netvm_packet packets[NETVM_NF_BURST];
	uint32_t next = 0, n;
	for (uint32_t i = 0; i < SENT; i++) {
		make(frame, i);
		assert_int_equal(write(tap, frame, FRAME), FRAME);
	}
	while ((n = packet_receive(&s, packets, NETVM_NF_BURST)) > 0) {
		for (uint32_t i = 0; i < n; i++) {
			assert_int_equal(packets[i].length, FRAME);
			assert_int_equal(number_of(packets[i].data), next++);
		}
		packet_release(&s);
	}
	assert_int_equal(next, RING);
	assert_int_equal(packet_drops(&s), SENT - RING);
	assert_int_equal(packet_drops(&s), SENT - RING); /* asked again it is the same */
}

static void a_tag_stays_in_its_frame(void **state)
{
	(void)state;
	uint8_t frame[FRAME], tagged[FRAME + 4];
	struct netvm_packet p;
	make(frame, 7);
	memcpy(tagged, frame, 12);
	memcpy(tagged + 12, (uint8_t[]){0x81, 0, 0x20, 100}, 4);
	memcpy(tagged + 16, frame + 12, FRAME - 12);
	assert_int_equal(write(tap, tagged, sizeof tagged), sizeof tagged);
	assert_int_equal(packet_receive(&s, &p, 1), 1);
	assert_int_equal(p.length, sizeof tagged);
	assert_memory_equal(p.data, tagged, sizeof tagged);
	packet_release(&s);
}

static void a_full_device_takes_no_more_and_says_so(void **state)
{
	(void)state;
	uint8_t frames[NETVM_NF_BURST][FRAME], got[2048];
	struct netvm_packet packets[NETVM_NF_BURST];
	uint32_t taken = 0, n, came = 0;
	do {
		for (uint32_t i = 0; i < NETVM_NF_BURST; i++) {
			make(frames[i], taken + i);
			packets[i] = (struct netvm_packet){.data = frames[i], .length = FRAME};
		}
		n = packet_send(&s, packets, NETVM_NF_BURST, &refused);
		taken += n;
	} while (n == NETVM_NF_BURST && taken < 1u << 20);
	assert_in_range(taken, 1, (1u << 20) - 1);
	while (read(tap, got, sizeof got) == FRAME)
		assert_int_equal(number_of(got), came++);
	assert_int_equal(came, taken);
	assert_int_equal(refused, 0);
	assert_int_equal(packet_receive(&s, packets, 1), 0); /* nothing of its own comes back */
}

/* Longer than the MTU, shorter than a header: those behind them come. */
static void what_the_kernel_refuses_is_counted_and_holds_nobody_back(void **state)
{
	(void)state;
	static uint8_t frames[5][2000];
	uint8_t got[2048];
	const uint16_t length[5] = {FRAME, sizeof frames[0], 10, FRAME, sizeof frames[0]};
	struct netvm_packet packets[5];
	uint32_t done = 0;
	for (uint32_t i = 0; i < 5; i++) {
		make(frames[i], i);
		packets[i] = (struct netvm_packet){.data = frames[i], .length = length[i]};
	}
	for (int calls = 0; calls < 5; calls++)
		done += packet_send(&s, packets + done, 5 - done, &refused);
	assert_int_equal(done, 5);
	assert_int_equal(refused, 3);
	for (uint32_t i = 0; i < 5; i += 3) {
		assert_int_equal(read(tap, got, sizeof got), FRAME);
		assert_int_equal(number_of(got), i);
	}
	assert_int_equal(read(tap, got, sizeof got), -1);
}

static void set_flags(short flags)
{
	struct ifreq request = {.ifr_name = TAP, .ifr_flags = flags};
	assert_int_equal(ioctl(s.fd, SIOCSIFFLAGS, &request), 0);
}

static void a_device_that_is_down_takes_no_more_and_loses_none(void **state)
{
	(void)state;
	uint8_t frame[FRAME];
	struct netvm_packet p = {.data = frame, .length = FRAME};
	make(frame, 0);
	refused = 0;
	set_flags(0);
	assert_false(packet_up(&s));
	for (int i = 0; i < 2; i++)
		assert_int_equal(packet_send(&s, &p, 1, &refused), 0);
	set_flags(IFF_UP);
	assert_true(packet_up(&s));
	uint32_t sent = packet_send(&s, &p, 1, &refused);
	if (sent == 0) /* as its error the socket still has that it was down, once */
		sent = packet_send(&s, &p, 1, &refused);
	assert_int_equal(sent, 1);
	assert_int_equal(refused, 0);
	assert_int_equal(read(tap, frame, sizeof frame), FRAME);
}

static void a_device_that_goes_is_down(void **state)
{
	(void)state;
	struct packet_socket none;
	uint8_t frame[FRAME];
	make(frame, 0);
	refused = 0;
	assert_true(packet_up(&s));
	assert_int_equal(packet_open(&none, "nosuch"), -1);
	close(tap);
	tap = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_false(packet_up(&s));
	struct netvm_packet p = {.data = frame, .length = FRAME};
	for (int i = 0; i < 2; i++)
		assert_int_equal(packet_send(&s, &p, 1, &refused), 0);
	assert_int_equal(refused, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_finds_the_ring_full_is_counted),
		cmocka_unit_test(a_tag_stays_in_its_frame),
		cmocka_unit_test(a_full_device_takes_no_more_and_says_so),
		cmocka_unit_test(what_the_kernel_refuses_is_counted_and_holds_nobody_back),
		cmocka_unit_test(a_device_that_is_down_takes_no_more_and_loses_none),
		cmocka_unit_test(a_device_that_goes_is_down),
	};
	if (tap_network() != 0 || (tap = tap_make()) < 0) {
		printf("cannot run here: needs root, network namespaces and /dev/net/tun: %s\n", strerror(errno));
		return 77; /* skipped, to meson */
	}
	return cmocka_run_group_tests_name("packet_socket", tests, open_socket, close_tap);
}
