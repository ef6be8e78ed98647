#define _GNU_SOURCE
#include "topology.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MACHINE_DIRECTORY "/sys/devices/system/node"
#define FILE_BYTES 4096u /* as much as sysfs has in a file */

static int refuse(char *error, const char *directory, const char *name, const char *why)
{
	snprintf(error, TOPOLOGY_ERROR_BYTES, "%.120s/%.40s: %s", directory, name, why);
	return -1;
}

/* A number at *at, which moves behind it. Returns 0, or -1 where there is none up to `most`. */
static int take_number(const char **at, uint32_t most, uint32_t *to)
{
	uint32_t value = 0;
	if (!isdigit((unsigned char)**at))
		return -1;
	for (; isdigit((unsigned char)**at); (*at)++) {
		value = value * 10 + (uint32_t)(**at - '0');
		if (value > most)
			return -1;
	}
	*to = value;
	return 0;
}

/* "0-3,8": the kernel's way to write cores. Empty for a node that has memory alone. */
static const char *read_cpulist(const char *text, int16_t node, struct topology *t)
{
	uint32_t first, last;
	if (*text == 0)
		return NULL;
	for (;; text++) {
		if (take_number(&text, TOPOLOGY_CORES_MAX - 1, &first) != 0)
			return "expected a list of cores from 0 to 1023, for example 0-3,8";
		last = first;
		if (*text == '-' && (text++, take_number(&text, TOPOLOGY_CORES_MAX - 1, &last) != 0 || last < first))
			return "expected each range to go up to a core from its first to 1023, for example 0-3";
		for (uint32_t core = first; core <= last; core++) {
			if (t->node_of_core[core] != TOPOLOGY_NONE)
				return "a core is on two nodes, or in the list twice";
			t->node_of_core[core] = node;
		}
		if (*text == 0)
			return NULL;
		if (*text != ',')
			return "expected \"-\" or \",\" after a core, for example 0-3,8";
	}
}

/* One line, without its end. Returns its length, or -1 with errno: EFBIG where it is longer than sysfs has one, EILSEQ where it is no text. */
static int read_line(int directory, const char *name, char text[FILE_BYTES + 1])
{
	int file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return -1;
	ssize_t n = read(file, text, FILE_BYTES + 1);
	int fault = n < 0 ? errno : n > (ssize_t)FILE_BYTES ? EFBIG : memchr(text, 0, (size_t)n) ? EILSEQ : 0;
	close(file);
	if (fault != 0) {
		errno = fault;
		return -1;
	}
	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = 0;
	return (int)n;
}

static int read_node(int at, const char *directory, uint32_t node, struct topology *t, char *error)
{
	char text[FILE_BYTES + 1], name[32];
	const char *rest = text;
	uint32_t real = node;
	snprintf(name, sizeof name, "node%u/cpulist", node);
	if (read_line(at, name, text) < 0)
		return refuse(error, directory, name, strerror(errno));
	const char *why = read_cpulist(text, (int16_t)node, t);
	if (why)
		return refuse(error, directory, name, why);
	snprintf(name, sizeof name, "node%u/real", node);
	if (read_line(at, name, text) >= 0) {
		if (take_number(&rest, TOPOLOGY_NODES_MAX - 1, &real) != 0 || *rest != 0)
			return refuse(error, directory, name, "expected the number of the machine's node behind it, 0 to 63");
	} else if (errno != ENOENT) {
		return refuse(error, directory, name, strerror(errno));
	}
	t->real[node] = (int16_t)real;
	t->nodes++;
	return 0;
}

static void clear(struct topology *t)
{
	t->nodes = 0;
	for (uint32_t i = 0; i < TOPOLOGY_NODES_MAX; i++)
		t->real[i] = TOPOLOGY_NONE;
	for (uint32_t i = 0; i < TOPOLOGY_CORES_MAX; i++)
		t->node_of_core[i] = TOPOLOGY_NONE;
}

static int read_nodes(DIR *entries, const char *directory, struct topology *t, char *error)
{
	const struct dirent *entry;
	while ((entry = readdir(entries)) != NULL) {
		const char *number = entry->d_name + 4;
		uint32_t node;
		if (strncmp(entry->d_name, "node", 4) != 0 || !isdigit((unsigned char)*number))
			continue; /* has_cpu, possible and others: lists of what is here too */
		if (take_number(&number, TOPOLOGY_NODES_MAX - 1, &node) != 0 || *number != 0)
			return refuse(error, directory, entry->d_name, "expected a node from node0 to node63");
		if (t->real[node] != TOPOLOGY_NONE)
			return refuse(error, directory, entry->d_name, "a node is there twice");
		if (read_node(dirfd(entries), directory, node, t, error) != 0)
			return -1;
	}
	return t->nodes > 0 ? 0 : refuse(error, directory, "node0", "expected at least one node");
}

int topology_read(const char *directory, struct topology *t, char error[TOPOLOGY_ERROR_BYTES])
{
	const char *from = directory ? directory : MACHINE_DIRECTORY;
	DIR *entries = opendir(from);
	clear(t);
	if (entries) {
		int result = read_nodes(entries, from, t, error);
		closedir(entries);
		return result;
	}
	if (directory || errno != ENOENT)
		return refuse(error, from, "node0", strerror(errno));
	t->nodes = 1;
	t->real[0] = 0;
	memset(t->node_of_core, 0, sizeof t->node_of_core);
	return 0;
}

int topology_node_of_core(const struct topology *t, int core)
{
	return core >= 0 && core < (int)TOPOLOGY_CORES_MAX ? t->node_of_core[core] : TOPOLOGY_NONE;
}

int topology_real(const struct topology *t, int node)
{
	return node >= 0 && node < (int)TOPOLOGY_NODES_MAX ? t->real[node] : TOPOLOGY_NONE;
}

int topology_node_of_real(const struct topology *t, int real, int preferred)
{
	if (real < 0)
		return TOPOLOGY_NONE;
	if (topology_real(t, preferred) == real)
		return preferred;
	for (uint32_t node = 0; node < TOPOLOGY_NODES_MAX; node++) {
		if (t->real[node] == real)
			return (int)node;
	}
	return TOPOLOGY_NONE;
}

void topology_describe(const struct topology *t, char *text, uint32_t bytes)
{
	uint32_t at = 0;
	text[0] = 0;
	for (uint32_t node = 0; node < TOPOLOGY_NODES_MAX && at + 8 < bytes; node++) {
		if (t->real[node] != TOPOLOGY_NONE)
			at += (uint32_t)snprintf(text + at, bytes - at, "%s%u", at > 0 ? ", " : "", node);
	}
}

uint32_t topology_crossings(const int *nodes, uint32_t n)
{
	uint32_t crossings = 0;
	for (uint32_t i = 0; i < n; i++) {
		int from = nodes[i], to = nodes[i + 1 < n ? i + 1 : 0];
		crossings += from != to && from != TOPOLOGY_NONE && to != TOPOLOGY_NONE;
	}
	return crossings;
}
