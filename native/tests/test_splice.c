/*
 * tcpproxy between two real TCP stacks: the kernel's, in two network namespaces. Each has a TAP device, and this program is the wire between them, with the NF
 * on it. Needs root and /dev/net/tun; skipped, and said, where there is none.
 */
#define _GNU_SOURCE
#include "nf_check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define BYTES (1u << 20)
#define PORT 80u
#define CLOSED_PORT 81u
#define SKIPPED 77
#define STUCK_S 100u

enum { CLIENT, SERVER, SIDES };

struct side {
	int tap, name_space;
	uint8_t mac[6];
};

/* What happens on the wire. */
struct wire {
	uint32_t tags, lose_each; /* VLAN tags; of frames with data, each n-th is lost, 0: none */
	uint32_t data_frames, lost;
};

/* One end of a connection: what it has sent and got of its BYTES. */
struct end {
	int fd, ended;
	uint32_t sent, got;
};

static struct side sides[SIDES];

static int write_text(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	int result = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
	if (fd >= 0)
		close(fd);
	return result;
}

static int give_addresses(int i, const char *device)
{
	struct {
		struct in6_addr address;
		uint32_t prefix_length;
		int index;
	} six = {.prefix_length = 64};
	struct ifreq r = {0};
	struct sockaddr_in *four = (struct sockaddr_in *)&r.ifr_addr;
	int v4 = socket(AF_INET, SOCK_DGRAM, 0), v6 = socket(AF_INET6, SOCK_DGRAM, 0), fault;
	strcpy(r.ifr_name, device);
	fault = ioctl(v4, SIOCGIFHWADDR, &r);
	memcpy(sides[i].mac, r.ifr_hwaddr.sa_data, 6);
	*four = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a4d0001u + (uint32_t)i)};
	fault |= ioctl(v4, SIOCSIFADDR, &r);
	four->sin_addr.s_addr = htonl(0xffffff00u);
	fault |= ioctl(v4, SIOCSIFNETMASK, &r);
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	fault |= ioctl(v4, SIOCSIFFLAGS, &r);
	six.index = (int)if_nametoindex(device);
	inet_pton(AF_INET6, i == CLIENT ? "fd4d::1" : "fd4d::2", &six.address);
	fault |= ioctl(v6, SIOCSIFADDR, &six);
	close(v4);
	close(v6);
	return fault;
}

/* A namespace with one TAP device; this thread is in it afterwards. */
static int open_side(int i)
{
	struct ifreq r = {.ifr_name = "wire", .ifr_flags = IFF_TAP | IFF_NO_PI};
	if (unshare(CLONE_NEWNET) != 0)
		return -1;
	sides[i].name_space = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	sides[i].tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (sides[i].name_space < 0 || sides[i].tap < 0 || ioctl(sides[i].tap, TUNSETIFF, &r) != 0)
		return -1;
	if (write_text("/proc/sys/net/ipv6/conf/wire/accept_dad", "0") != 0) /* its address is good at once */
		return -1;
	return give_addresses(i, "wire");
}

static int socket_in(int side, int version)
{
	assert_int_equal(setns(sides[side].name_space, CLONE_NEWNET), 0);
	int fd = socket(version == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	return fd;
}

static void server_address(int version, uint16_t port, struct sockaddr_storage *at, socklen_t *bytes)
{
	*at = (struct sockaddr_storage){0};
	if (version == 4) {
		*(struct sockaddr_in *)at = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x0a4d0002u)};
		*bytes = sizeof(struct sockaddr_in);
	} else {
		struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
		inet_pton(AF_INET6, "fd4d::2", &six.sin6_addr);
		memcpy(at, &six, sizeof six);
		*bytes = sizeof six;
	}
}

static uint32_t put_tags(uint8_t *frame, uint32_t length, uint32_t tags)
{
	for (uint32_t i = 0; i < tags; i++) {
		memmove(frame + 16, frame + 12, length - 12);
		netvm_put16(frame + 12, 0x8100);
		netvm_put16(frame + 14, 100);
		length += 4;
	}
	return length;
}

static uint32_t take_tags(uint8_t *frame, uint32_t length, uint32_t tags)
{
	for (uint32_t i = 0; i < tags; i++) {
		assert_int_equal(netvm_be32(frame + 12), 0x81000064);
		memmove(frame + 12, frame + 16, length - 16);
		length -= 4;
	}
	return length;
}

/* A frame from one side, through the NF, to whom it is for then. */
static void carry(struct wire *w, int from, uint8_t *frame, uint32_t length)
{
	if (length < 60) { /* as every NIC does */
		memset(frame + length, 0, 60 - length);
		length = 60;
	}
	if (length > 400 && w->lose_each && ++w->data_frames % w->lose_each == 0) {
		w->lost++;
		return;
	}
	struct netvm_packet p = {.data = frame, .length = (uint16_t)put_tags(frame, length, w->tags)};
	netvm_nf.process(&p, 1);
	if (p.action == NETVM_ACTION_DROP)
		return;
	length = take_tags(frame, p.length, w->tags);
	assert_true(craft_sums_right(frame, length) || netvm_be16(frame + 12) == 0x0806);
	int to = memcmp(frame, sides[CLIENT].mac, 6) == 0 ? CLIENT : memcmp(frame, sides[SERVER].mac, 6) == 0 ? SERVER : !from;
	if (write(sides[to].tap, frame, length) != (ssize_t)length)
		assert_int_equal(errno, EAGAIN);
}

static void carry_all(struct wire *w)
{
	static uint8_t frame[2048];
	for (int from = 0; from < SIDES; from++) {
		ssize_t n;
		while ((n = read(sides[from].tap, frame, sizeof frame - 8)) > 0)
			carry(w, from, frame, (uint32_t)n);
	}
}

/* What a side says: another byte at each place and in each direction. */
static uint8_t said(int side, uint32_t at)
{
	return (uint8_t)((at * 2654435761u >> 13) + (uint32_t)side);
}

static void say(struct end *e, int side)
{
	uint8_t bytes[8192];
	while (e->sent < BYTES) {
		uint32_t n = BYTES - e->sent < sizeof bytes ? BYTES - e->sent : (uint32_t)sizeof bytes;
		for (uint32_t i = 0; i < n; i++)
			bytes[i] = said(side, e->sent + i);
		ssize_t done = send(e->fd, bytes, n, MSG_NOSIGNAL);
		if (done < 0) {
			assert_int_equal(errno, EAGAIN);
			return;
		}
		e->sent += (uint32_t)done;
		if (e->sent == BYTES)
			assert_int_equal(shutdown(e->fd, SHUT_WR), 0);
	}
}

static void hear(struct end *e, int other)
{
	uint8_t bytes[8192];
	ssize_t n;
	while (!e->ended && (n = recv(e->fd, bytes, sizeof bytes, 0)) >= 0) {
		for (ssize_t i = 0; i < n; i++, e->got++)
			assert_int_equal(bytes[i], said(other, e->got));
		e->ended = n == 0;
	}
	if (!e->ended)
		assert_int_equal(errno, EAGAIN);
}

static void wait_for_something(const struct end *a, const struct end *b)
{
	struct pollfd fds[] = {{sides[0].tap, POLLIN, 0}, {sides[1].tap, POLLIN, 0}, {a->ended ? -1 : a->fd, POLLIN, 0}, {b->ended ? -1 : b->fd, POLLIN, 0}};
	poll(fds, 4, 20);
}

static int listen_on(int version, uint16_t port)
{
	struct sockaddr_storage at;
	socklen_t bytes;
	int one = 1, fd = socket_in(SERVER, version);
	server_address(version, port, &at, &bytes);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, bytes), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static int connect_to(int version, uint16_t port)
{
	struct sockaddr_storage at;
	socklen_t bytes;
	int fd = socket_in(CLIENT, version);
	server_address(version, port, &at, &bytes);
	assert_true(connect(fd, (struct sockaddr *)&at, bytes) != 0 && errno == EINPROGRESS);
	return fd;
}

/* BYTES both ways; with server_first the client is silent until it has heard all. */
static void talk(int version, struct wire *w, int server_first)
{
	int listener = listen_on(version, PORT);
	struct end client = {.fd = connect_to(version, PORT)}, server = {.fd = -1, .ended = 1};
	struct pollfd connected = {client.fd, POLLOUT, 0};
	while (client.got < BYTES || server.got < BYTES || !client.ended || !server.ended) {
		carry_all(w);
		if (server.fd < 0 && (server.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
			server.ended = 0;
		if (server.fd >= 0) {
			say(&server, SERVER);
			hear(&server, CLIENT);
		}
		if (poll(&connected, 1, 0) == 1) {
			if (!server_first || client.ended)
				say(&client, CLIENT);
			hear(&client, SERVER);
		}
		wait_for_something(&client, &server);
	}
	assert_true(client.got == BYTES && server.got == BYTES);
	close(client.fd);
	close(server.fd);
	close(listener);
	carry_all(w);
}

static void start_proxy(void)
{
	alarm(STUCK_S);
	start_with("--protect 10.77.0.2 --protect6 fd4d::2", NULL);
}

static void both_ways(void **state)
{
	(void)state;
	start_proxy();
	talk(4, &(struct wire){0}, 0);
	talk(6, &(struct wire){0}, 0);
}

static void tags_are_kept(void **state)
{
	(void)state;
	start_proxy();
	talk(4, &(struct wire){.tags = 1}, 0);
	talk(6, &(struct wire){.tags = 2}, 0);
}

static void a_server_that_speaks_first(void **state)
{
	(void)state;
	start_proxy();
	talk(4, &(struct wire){0}, 1);
	talk(6, &(struct wire){0}, 1);
}

static void lost_segments_are_sent_again(void **state)
{
	(void)state;
	struct wire w = {.lose_each = 101};
	start_proxy();
	talk(4, &w, 0);
	assert_true(w.lost > 0);
}

/* The client has its SYN-ACK from the proxy already; it hears of the closed port by a reset. */
static void a_closed_port_resets(void **state)
{
	(void)state;
	struct wire w = {0};
	for (int version = 4; version <= 6; version += 2) {
		char byte;
		start_proxy();
		struct end client = {.fd = connect_to(version, CLOSED_PORT)}, none = {.fd = -1, .ended = 1};
		struct pollfd hung_up = {client.fd, POLLIN, 0};
		while (!(poll(&hung_up, 1, 0) == 1 && hung_up.revents & POLLIN)) {
			carry_all(&w);
			wait_for_something(&client, &none);
		}
		assert_int_equal(recv(client.fd, &byte, 1, 0), -1);
		assert_int_equal(errno, ECONNRESET);
		close(client.fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(tags_are_kept),
		cmocka_unit_test(a_server_that_speaks_first),
		cmocka_unit_test(lost_segments_are_sent_again),
		cmocka_unit_test(a_closed_port_resets),
	};
	if (open_side(CLIENT) != 0 || open_side(SERVER) != 0) {
		printf("splice: skipped, since it needs root, network namespaces and /dev/net/tun: %s\n", strerror(errno));
		return SKIPPED;
	}
	return cmocka_run_group_tests_name("splice", tests, NULL, NULL);
}
