/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What no well-behaved caller does to /dev/stage2-exporter: bad input to every
 * ioctl, every kind of mapping used in every way, and all of it many times.
 * Runs as root on an arm64 host that has the module and KVM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stage2_exporter.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define MIB		(1UL << 20)
#define LIMIT		(16 * MIB)	/* of one export */

static unsigned long page;
static int checks, failed;

/* ---- checks ---- */

__attribute__((format(printf, 2, 3)))
static int check(int good, const char *format, ...)
{
	va_list arguments;

	checks++;
	if (good)
		return 1;
	failed++;
	va_start(arguments, format);
	printf("FAILED: ");
	vprintf(format, arguments);
	printf("\n");
	va_end(arguments);
	return 0;
}

/* The result of a system call against the errno it should fail with; 0: it should succeed. */
__attribute__((format(printf, 3, 4)))
static int expect(long result, int wanted, const char *format, ...)
{
	int got = result < 0 ? errno : 0;
	char what[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	return check(got == wanted, "%s: %s instead of %s", what,
		     got ? strerrorname_np(got) : "success", wanted ? strerrorname_np(wanted) : "success");
}

static void part(const char *name)
{
	printf("%s\n", name);
	fflush(stdout);
}

/* ---- the device ---- */

static int open_exporter(int flags)
{
	int fd = open(STAGE2_EXPORTER_DEVICE, flags | O_CLOEXEC);

	if (fd < 0) {
		printf("%s: %s\n", STAGE2_EXPORTER_DEVICE, strerror(errno));
		exit(2);
	}
	return fd;
}

static struct stage2_export of(__u32 memory, __u32 type, __u32 vma, __u64 length)
{
	return (struct stage2_export) {
		.struct_size = sizeof(struct stage2_export), .memory = memory, .type = type, .vma = vma, .length = length,
	};
}

static struct stage2_export plain(__u64 length)
{
	return of(STAGE2_MEMORY_KNOWN, STAGE2_TYPE_WB, STAGE2_VMA_PFNMAP, length);
}

static int take(int fd, struct stage2_export what)
{
	return ioctl(fd, STAGE2_EXPORT, &what);
}

static void *map(int fd, size_t length, int prot, int flags, off_t offset)
{
	return mmap(NULL, length, prot, flags, fd, offset);
}

static long result_of(void *mapping)
{
	return mapping == MAP_FAILED ? -1 : 0;
}

static struct stage2_facts facts(void)
{
	struct stage2_facts f = { 0 };
	int fd = open_exporter(O_RDWR);

	expect(ioctl(fd, STAGE2_FACTS, &f), 0, "facts");
	close(fd);
	return f;
}

/* ---- memory that may not be touched ---- */

static sigjmp_buf caught;

static void catch(int signal)
{
	siglongjmp(caught, signal);
}

static void handle(int signal)
{
	struct sigaction action = { .sa_handler = catch };

	sigaction(signal, &action, NULL);
}

/* 0, or the signal that the access ended with. */
static int try_read(const volatile uint64_t *at, uint64_t *value)
{
	int signal = sigsetjmp(caught, 1);

	if (!signal)
		*value = *at;
	return signal;
}

static int try_write(volatile uint64_t *at, uint64_t value)
{
	int signal = sigsetjmp(caught, 1);

	if (!signal)
		*at = value;
	return signal;
}

static uint64_t word(const void *at)
{
	uint64_t value = 0;

	check(!try_read(at, &value), "reading %p", at);
	return value;
}

/* ---- bad input ---- */

static void bad_pointers(void)
{
	int fd = open_exporter(O_RDWR);
	char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *constant = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct { const char *name; unsigned long request; size_t size; } requests[] = {
		{ "export", STAGE2_EXPORT, sizeof(struct stage2_export) },
		{ "read", STAGE2_READ, sizeof(struct stage2_read) },
		{ "facts", STAGE2_FACTS, sizeof(struct stage2_facts) },
	};

	part("bad pointers");
	munmap(two + page, page);
	for (size_t i = 0; i < COUNT(requests); i++) {
		unsigned long bad[] = {
			0, 8, -1UL, -8UL, 1UL << 63, 0xffff000000000000, 0xffffffff80000000,
			1UL << 48, (unsigned long)two + page,
			(unsigned long)two + page - requests[i].size + 1, (unsigned long)two + page - 8,
		};

		for (size_t j = 0; j < COUNT(bad); j++)
			expect(ioctl(fd, requests[i].request, bad[j]), EFAULT, "%s at %#lx", requests[i].name, bad[j]);
	}
	expect(ioctl(fd, STAGE2_FACTS, constant), EFAULT, "facts into constant memory");
	expect(ioctl(fd, STAGE2_FACTS, two + page - sizeof(struct stage2_facts)), 0, "facts up to the end of a page");
	expect(ioctl(fd, STAGE2_FACTS, two + 1), 0, "facts at an odd address");
	munmap(two, page);
	munmap(constant, page);
	close(fd);
}

static void bad_requests(void)
{
	int fd = open_exporter(O_RDWR);
	char buffer[256] = { 0 };
	const unsigned long bad[] = {
		0, -1UL, _IO('S', 0), _IO('S', 1), _IO('S', 4), _IO('T', 1),
		_IOW('S', 1, char[sizeof(struct stage2_export) + 8]), _IOR('S', 1, struct stage2_export),
		_IOW('S', 2, struct stage2_read), _IOR('S', 3, char[8]), KVM_CREATE_VM,
	};

	part("unknown requests");
	for (size_t i = 0; i < COUNT(bad); i++)
		expect(ioctl(fd, bad[i], buffer), ENOTTY, "request %#lx", bad[i]);
	expect(read(fd, buffer, 1), EINVAL, "read(2)");
	expect(write(fd, buffer, 1), EINVAL, "write(2)");
	close(fd);
}

static void bad_exports(void)
{
	int fd = open_exporter(O_RDWR);
	struct stage2_export e;
	const __u32 words[] = { 2, 3, 4, 0x7fffffff, 0x80000000, 0xffffffff };
	const __u64 lengths[] = {
		0, 1, 8, page - 1, page + 1, LIMIT + 1, 1UL << 63 | 1, -1UL, -(__u64)page + 1,
	};
	const __u64 huge[] = { LIMIT + page, 1UL << 32, 1UL << 40, 1UL << 63, -(__u64)page, -2 * (__u64)page };

	part("bad exports");
	for (size_t i = 0; i < 8; i++) {
		const __u32 sizes[] = { 0, 1, 4, 28, 36, 64, 4096, 0xffffffff };

		e = plain(page);
		e.struct_size = sizes[i];
		if (sizes[i] != sizeof(e))
			expect(take(fd, e), EINVAL, "struct_size %u", sizes[i]);
	}
	for (int bit = 0; bit < 32; bit++) {
		e = plain(page);
		e.reserved = 1U << bit;
		expect(take(fd, e), EINVAL, "reserved bit %d", bit);
		e = plain(page);
		e.flags = 1U << bit;
		if (!(e.flags & (STAGE2_ALLOW_ANY_UNCACHED | STAGE2_INSERT_ON_FAULT | STAGE2_INSERT_HUGE)))
			expect(take(fd, e), EINVAL, "flag %d", bit);
	}
	for (size_t i = 0; i < COUNT(words); i++) {
		if (words[i] > STAGE2_MEMORY_HOTPLUG)
			expect(take(fd, of(words[i], 0, 0, page)), EINVAL, "memory %u", words[i]);
		if (words[i] > STAGE2_TYPE_NGNRNE)
			expect(take(fd, of(0, words[i], 0, page)), EINVAL, "type %u", words[i]);
		expect(take(fd, of(0, 0, words[i], page)), EINVAL, "vma %u", words[i]);
	}
	expect(take(fd, of(STAGE2_MEMORY_UNHELD, 0, STAGE2_VMA_MIXEDMAP, page)), EINVAL, "unheld memory for a mixed map");
	expect(take(fd, of(STAGE2_MEMORY_HOTPLUG, 0, STAGE2_VMA_MIXEDMAP, page)), EINVAL, "hotplug memory for a mixed map");
	for (__u32 memory = 0; memory < 3; memory++) {
		for (size_t i = 0; i < COUNT(lengths); i++)
			expect(take(fd, of(memory, 0, 0, lengths[i])), EINVAL, "memory %u, length %#llx", memory, lengths[i]);
		for (size_t i = 0; i < COUNT(huge); i++)
			expect(take(fd, of(memory, 0, 0, huge[i])), ENOMEM, "memory %u, length %#llx", memory, huge[i]);
	}
	expect(result_of(map(fd, page, PROT_READ, MAP_SHARED, 0)), EINVAL, "mmap after refused exports only");

	/* What was exported before a refused export stays. */
	expect(take(fd, plain(page)), 0, "an export");
	expect(take(fd, of(9, 0, 0, page)), EINVAL, "a refused one");
	void *at = map(fd, page, PROT_READ, MAP_SHARED, 0);
	expect(result_of(at), 0, "mmap of what was exported before");
	munmap(at, page);
	close(fd);
}

static void bad_mappings(void)
{
	int fd = open_exporter(O_RDWR), constant = open_exporter(O_RDONLY);
	const struct { size_t length; off_t offset; } wrong[] = {
		{ page, 0 }, { 3 * page, 0 }, { 5 * page, 0 }, { 64 * MIB, 0 },
		{ 4 * page, page }, { 4 * page, 4 * page }, { 2 * page, 2 * page }, { 4 * page, 1L << 40 },
	};

	part("bad mappings");
	expect(result_of(map(fd, page, PROT_READ, MAP_SHARED, 0)), EINVAL, "mmap before any export");
	for (__u32 memory = 0; memory < 2; memory++) {
		for (__u32 vma = 0; vma < 2; vma++) {
			expect(take(fd, of(memory, 0, vma, 4 * page)), 0, "an export");
			for (size_t i = 0; i < COUNT(wrong); i++)
				expect(result_of(map(fd, wrong[i].length, PROT_READ, MAP_SHARED, wrong[i].offset)), EINVAL,
				       "mmap of %#zx at %#lx", wrong[i].length, (long)wrong[i].offset);
			/* None of them left a mapping behind. */
			expect(take(fd, of(memory, 0, vma, 4 * page)), 0, "an export after refused mappings");
		}
	}
	expect(take(constant, plain(page)), 0, "an export of a file opened to read");
	expect(result_of(map(constant, page, PROT_READ | PROT_WRITE, MAP_SHARED, 0)), EACCES, "writing through it");
	void *at = map(constant, page, PROT_READ, MAP_SHARED, 0);
	expect(result_of(at), 0, "reading through it");
	expect(mprotect(at, page, PROT_READ | PROT_WRITE), EACCES, "making that writable");
	munmap(at, page);
	close(constant);
	close(fd);
}

static void busy(void)
{
	int fd = open_exporter(O_RDWR), twin = dup(fd);
	char *first, *second;

	part("a second export while the first is mapped");
	expect(take(fd, plain(4 * page)), 0, "an export");
	first = map(fd, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	second = map(fd, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
	expect(result_of(first), 0, "mmap");
	expect(result_of(second), 0, "a second mmap");
	expect(take(fd, plain(page)), EBUSY, "both mapped");
	expect(take(twin, plain(page)), EBUSY, "both mapped, by another descriptor");
	munmap(first, 4 * page);
	expect(take(fd, plain(page)), EBUSY, "one mapped");
	munmap(second + page, page);	/* a hole makes two of it */
	expect(take(fd, plain(page)), EBUSY, "two pieces mapped");
	munmap(second, page);
	expect(take(fd, plain(page)), EBUSY, "a piece mapped");
	munmap(second + 2 * page, 2 * page);
	expect(take(fd, plain(page)), 0, "nothing mapped");
	close(twin);
	close(fd);
}

static void unprivileged(void)
{
	int fd = open_exporter(O_RDWR), status;
	pid_t child;

	part("an unprivileged caller");
	fflush(stdout);
	child = fork();
	if (!child) {
		struct stage2_export e = plain(page);
		struct stage2_read r = { .vm_fd = -1 };
		struct stage2_facts f;

		checks = failed = 0;
		expect(setresgid(1000, 1000, 1000), 0, "setresgid");
		expect(setresuid(1000, 1000, 1000), 0, "setresuid");
		expect(open(STAGE2_EXPORTER_DEVICE, O_RDWR), EACCES, "opening it");
		expect(ioctl(fd, STAGE2_EXPORT, &e), EPERM, "export");
		expect(ioctl(fd, STAGE2_READ, &r), EPERM, "read");
		expect(ioctl(fd, STAGE2_FACTS, &f), EPERM, "facts");
		expect(ioctl(fd, STAGE2_EXPORT, NULL), EPERM, "export at NULL");
		fflush(stdout);
		_exit(failed);
	}
	waitpid(child, &status, 0);
	check(status == 0, "%d checks of it", WEXITSTATUS(status));
	close(fd);
}

/* ---- descriptors of VMs ---- */

static int read_at(int exporter, int vm, __u64 ipa, struct stage2_read *out)
{
	*out = (struct stage2_read) { .vm_fd = vm, .ipa = ipa };
	return ioctl(exporter, STAGE2_READ, out);
}

static void bad_reads(void)
{
	int fd = open_exporter(O_RDWR), kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), null = open("/dev/null", O_RDWR), pipes[2];
	int vm = ioctl(kvm, KVM_CREATE_VM, 0), vcpu, closed;
	struct stage2_read r;
	struct stage2_read *constant = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	part("bad reads");
	if (!check(vm >= 0, "a VM: %s", strerror(errno)))
		return;
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	expect(pipe(pipes), 0, "a pipe");
	closed = dup(null);
	close(closed);

	const struct { const char *name; int fd, error; } bad[] = {
		{ "-1", -1, EBADF }, { "INT_MIN", -0x7fffffff - 1, EBADF }, { "INT_MAX", 0x7fffffff, EBADF },
		{ "a closed one", closed, EBADF }, { "AT_FDCWD", AT_FDCWD, EBADF },
		{ "/dev/null", null, EINVAL }, { "a pipe", pipes[0], EINVAL }, { "stdout", 1, EINVAL },
		{ "/dev/kvm", kvm, EINVAL }, { "a vCPU", vcpu, EINVAL }, { "the exporter", fd, EINVAL },
	};
	for (size_t i = 0; i < COUNT(bad); i++)
		expect(read_at(fd, bad[i].fd, 0, &r), bad[i].error, "vm_fd is %s", bad[i].name);
	for (int bit = 1; bit < 32; bit++) {
		r = (struct stage2_read) { .vm_fd = vm, .shadow = 1U << bit };
		expect(ioctl(fd, STAGE2_READ, &r), EINVAL, "shadow %u", 1U << bit);
	}
	r = (struct stage2_read) { .vm_fd = vm, .shadow = 1 };
	expect(ioctl(fd, STAGE2_READ, &r), ENODATA, "the shadow of a VM that has none");

	expect(read_at(fd, vm, 0, &r), 0, "ipa 0 of a new VM");
	check(!r.valid && r.level == r.start_level && r.start_level >= -1 && r.start_level <= 3 && r.ia_bits >= 32 && r.ia_bits <= 52,
	      "an empty VM: valid %u, level %d of %d, %u bits", r.valid, r.level, r.start_level, r.ia_bits);
	__u32 bits = r.ia_bits;
	expect(read_at(fd, vm, (1UL << bits) - 1, &r), 0, "the last ipa");
	expect(read_at(fd, vm, 1UL << bits, &r), ERANGE, "the first ipa beyond");
	expect(read_at(fd, vm, 1UL << 52, &r), ERANGE, "ipa 2^52");
	expect(read_at(fd, vm, -1UL, &r), ERANGE, "ipa -1");
	for (int bit = 0; bit < 64; bit++)
		expect(read_at(fd, vm, 1UL << bit | 1, &r), bit < (int)bits ? 0 : ERANGE, "ipa bit %d", bit);

	*constant = (struct stage2_read) { .vm_fd = vm };
	mprotect(constant, page, PROT_READ);
	expect(ioctl(fd, STAGE2_READ, constant), EFAULT, "an answer into constant memory");
	munmap(constant, page);
	close(pipes[0]);
	close(pipes[1]);
	close(vcpu);
	close(vm);
	expect(read_at(fd, vm, 0, &r), EBADF, "a VM that was closed");
	close(null);
	close(kvm);
	close(fd);
}

/* Its tables go with its process's memory; the file can outlive that. */
static void orphaned_vm(void)
{
	int fd = open_exporter(O_RDWR), ready[2], number = -1, pidfd, vm;
	struct stage2_read r;
	pid_t child;

	part("a VM of a process that has exited");
	fflush(stdout);
	expect(pipe(ready), 0, "a pipe");
	child = fork();
	if (!child) {
		int own = ioctl(open("/dev/kvm", O_RDWR), KVM_CREATE_VM, 0);

		if (write(ready[1], &own, sizeof(own)) != sizeof(own))
			_exit(1);
		pause();
		_exit(0);
	}
	check(read(ready[0], &number, sizeof(number)) == sizeof(number) && number >= 0, "the child's VM");
	pidfd = syscall(SYS_pidfd_open, child, 0);
	vm = syscall(SYS_pidfd_getfd, pidfd, number, 0);
	expect(vm, 0, "taking over the VM");
	expect(read_at(fd, vm, 0, &r), 0, "while the process lives");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	expect(read_at(fd, vm, 0, &r), ENODATA, "when it is gone");
	close(vm);
	close(pidfd);
	close(ready[0]);
	close(ready[1]);
	close(fd);
}

/* One vCPU: loads from x1, then exits by a store to x2, where there is no memory. */
#define CODE_IPA	0x10000UL
#define DATA_IPA	0x200000UL
#define EXIT_IPA	0x8000000UL

struct machine {
	int kvm, vm, vcpu;
	struct kvm_run *run;
	size_t run_size;
	uint32_t *code;
};

static void set_register(struct machine *m, unsigned long index, __u64 value)
{
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | index, .addr = (__u64)&value,
	};

	expect(ioctl(m->vcpu, KVM_SET_ONE_REG, &reg), 0, "register %lu", index);
}

static int set_slot(struct machine *m, __u32 slot, __u64 ipa, void *at, size_t length)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .guest_phys_addr = ipa, .memory_size = length, .userspace_addr = (__u64)at,
	};

	return ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static void start_machine(struct machine *m)
{
	struct kvm_vcpu_init init;
	static const uint32_t program[] = {
		0xf9400020,	/* ldr x0, [x1] */
		0xf9000040,	/* str x0, [x2] */
		0x17fffffe,	/* b .-8 */
	};

	m->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	m->vm = ioctl(m->kvm, KVM_CREATE_VM, 0);
	m->vcpu = ioctl(m->vm, KVM_CREATE_VCPU, 0);
	m->run_size = ioctl(m->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	m->run = mmap(NULL, m->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, m->vcpu, 0);
	expect(ioctl(m->vm, KVM_ARM_PREFERRED_TARGET, &init), 0, "the preferred target");
	expect(ioctl(m->vcpu, KVM_ARM_VCPU_INIT, &init), 0, "a vCPU");
	m->code = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(m->code, program, sizeof(program));
	__builtin___clear_cache((char *)m->code, (char *)m->code + sizeof(program));
	expect(set_slot(m, 0, CODE_IPA, m->code, page), 0, "a slot for the program");
	set_register(m, 2, DATA_IPA);	/* x1: two words a register */
	set_register(m, 4, EXIT_IPA);
	set_register(m, 64, CODE_IPA);	/* pc */
}

/* To the next exit: whether it was the program's own, and what it had read. */
static int run_machine(struct machine *m, uint64_t *seen)
{
	int ret;

	do
		ret = ioctl(m->vcpu, KVM_RUN, 0);
	while (ret < 0 && errno == EINTR);
	if (ret < 0 || m->run->exit_reason != KVM_EXIT_MMIO || m->run->mmio.phys_addr != EXIT_IPA)
		return 0;
	memcpy(seen, m->run->mmio.data, sizeof(*seen));
	return 1;
}

static void stop_machine(struct machine *m)
{
	munmap(m->run, m->run_size);
	munmap(m->code, page);
	close(m->vcpu);
	close(m->vm);
	close(m->kvm);
}

static volatile int stop;

struct reader {
	int exporter, vm;
	unsigned long reads, strange;
};

static void *keep_reading(void *argument)
{
	struct reader *reader = argument;
	struct stage2_read r;

	while (!stop) {
		reader->reads++;
		if (read_at(reader->exporter, reader->vm, DATA_IPA, &r) || (r.valid && !r.descriptor))
			reader->strange++;
	}
	return NULL;
}

/* The walk, concurrent with a VM that constantly fills and empties its tables. */
static void walk_of_a_running_vm(void)
{
	struct machine m;
	struct reader reader = { .exporter = open_exporter(O_RDWR) };
	char *data = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct stage2_read r;
	pthread_t thread;
	uint64_t seen = 0;

	part("walks while a guest runs and its memory comes and goes");
	start_machine(&m);
	reader.vm = m.vm;
	expect(pthread_create(&thread, NULL, keep_reading, &reader) ? -1 : 0, 0, "a thread");
	for (int round = 0; round < 300; round++) {
		if (!check(!set_slot(&m, 1, DATA_IPA, data, 4 * page), "slot in round %d: %s", round, strerror(errno)))
			break;
		*(volatile uint64_t *)data = round;
		if (!check(run_machine(&m, &seen) && seen == (uint64_t)round, "round %d: exit %u, read %#lx", round, m.run->exit_reason, seen))
			break;
		expect(read_at(reader.exporter, m.vm, DATA_IPA, &r), 0, "walk in round %d", round);
		check(r.valid, "round %d: descriptor %#llx at level %d", round, r.descriptor, r.level);
		if (round % 2)
			expect(madvise(data, 4 * page, MADV_DONTNEED), 0, "zap in round %d", round);
		if (!check(!set_slot(&m, 1, DATA_IPA, data, 0), "no slot in round %d: %s", round, strerror(errno)))
			break;
		expect(read_at(reader.exporter, m.vm, DATA_IPA, &r), 0, "walk in round %d", round);
		check(!r.valid, "round %d: without a slot there is %#llx", round, r.descriptor);
	}
	stop = 1;
	pthread_join(thread, NULL);
	check(reader.reads > 100 && !reader.strange, "%lu of %lu walks beside it", reader.strange, reader.reads);
	stop_machine(&m);
	munmap(data, 4 * page);
	close(reader.exporter);
}

/* ---- every kind, used in every way ---- */

struct kind {
	__u32 memory, type, vma, flags;
	int sharing, prot;
	char name[96];
};

static void fork_with(const struct kind *k, int fd, volatile uint64_t *at, int writable)
{
	int shared = k->sharing == MAP_SHARED, status, go[2];
	pid_t child;
	char byte = 0;

	fflush(stdout);
	if (pipe(go))
		exit(2);
	child = fork();
	if (!child) {
		uint64_t value;

		if (try_read(at, &value) || value != (writable ? 0x1111 : 0))
			_exit(1);
		if (writable && (try_write(at, 0x2222) || try_write(at + page / 8, 0x3333)))
			_exit(2);
		if (!writable && try_write(at, 0x2222) != SIGSEGV)
			_exit(3);
		close(go[1]);
		if (read(go[0], &byte, 1))	/* until the parent lets go */
			_exit(4);
		_exit(!writable || (!try_read(at, &value) && value == 0x2222) ? 0 : 5);
	}
	close(go[0]);
	munmap((void *)at, 4 * page);
	expect(take(fd, plain(page)), EBUSY, "%s: an export while only a child maps the former", k->name);
	close(go[1]);
	waitpid(child, &status, 0);
	check(status == 0, "%s: the child that inherits it: status %#x", k->name, status);

	void *again = map(fd, 4 * page, PROT_READ, MAP_SHARED, 0);
	if (expect(result_of(again), 0, "%s: mapping again", k->name)) {
		uint64_t first = word(again), second = word((char *)again + page);

		check(first == (writable && shared ? 0x2222 : 0) && second == (writable && shared ? 0x3333 : 0),
		      "%s: after the child it holds %#lx and %#lx", k->name, first, second);
		munmap(again, 4 * page);
	}
}

static void move_with(const struct kind *k, int fd, int writable)
{
	char *at = map(fd, 4 * page, k->prot, k->sharing, 0);
	char *room = mmap(NULL, 8 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *moved;
	uint64_t value, before;

	if (!expect(result_of(at), 0, "%s: mapping to move", k->name))
		return;
	if (writable)
		try_write((uint64_t *)(at + 3 * page), 0x4444);
	before = word(at + 3 * page);

	expect(result_of(mremap(at, 4 * page, 8 * page, MREMAP_MAYMOVE)), EFAULT, "%s: growing", k->name);
	moved = mremap(at, 0, 4 * page, MREMAP_MAYMOVE);
	check(moved == MAP_FAILED, "%s: doubling it", k->name);
	moved = mremap(at, 4 * page, 4 * page, MREMAP_MAYMOVE | MREMAP_FIXED, room);
	if (!expect(result_of(moved), 0, "%s: moving", k->name)) {
		munmap(at, 4 * page);
		munmap(room, 8 * page);
		return;
	}
	check(try_read((uint64_t *)at, &value) == SIGSEGV, "%s: it is still where it was", k->name);
	check(word(moved + 3 * page) == before, "%s: moving changed it", k->name);
	expect(munmap(moved + page, page), 0, "%s: a hole", k->name);
	check(try_read((uint64_t *)(moved + page), &value) == SIGSEGV, "%s: a hole that isn't", k->name);
	check(word(moved + 3 * page) == before, "%s: a hole changed the rest", k->name);
	/* A piece moves alone. */
	expect(result_of(mremap(moved + 2 * page, 2 * page, 2 * page, MREMAP_MAYMOVE | MREMAP_FIXED, moved + 5 * page)), 0,
	       "%s: moving a piece", k->name);
	check(word(moved + 6 * page) == before, "%s: moving a piece changed it", k->name);
	expect(result_of(mremap(moved + 5 * page, 2 * page, page, 0)), 0, "%s: shrinking", k->name);
	expect(take(fd, plain(page)), EBUSY, "%s: an export while pieces are mapped", k->name);
	munmap(room, 8 * page);
}

static void use(const struct kind *k)
{
	int fd = open_exporter(O_RDWR), writable = k->prot & PROT_WRITE, shared = k->sharing == MAP_SHARED;
	struct stage2_export e = of(k->memory, k->type, k->vma, 4 * page);
	char *at, *other;

	e.flags = k->flags;
	if (!expect(take(fd, e), 0, "%s: export", k->name))
		goto done;
	at = map(fd, 4 * page, k->prot, k->sharing, 0);
	if (!expect(result_of(at), 0, "%s: mmap", k->name))
		goto done;
	for (int i = 0; i < 4; i++)
		check(word(at + i * page) == 0, "%s: page %d is not zero", k->name, i);
	check(try_write((uint64_t *)at, 0x1111) == (writable ? 0 : SIGSEGV), "%s: writing", k->name);

	/* What a second mapping of another sharing sees. */
	other = map(fd, 4 * page, PROT_READ, MAP_PRIVATE, 0);
	if (expect(result_of(other), 0, "%s: mapping twice", k->name)) {
		check(word(other) == (writable && shared ? 0x1111 : 0), "%s: a second mapping sees %#lx", k->name, word(other));
		/* Private memory may always be made writable: the page is copied then. */
		expect(mprotect(other, 4 * page, PROT_READ | PROT_WRITE), 0, "%s: mprotect of the second", k->name);
		check(!try_write((uint64_t *)other, 0x5555) && word(other) == 0x5555, "%s: writing to the second", k->name);
		check(word(at) == (writable ? 0x1111 : 0), "%s: the first sees what the second wrote", k->name);
		munmap(other, 4 * page);
	}
	/* What can't be done to it must not harm it either. */
	madvise(at, 4 * page, MADV_DONTNEED);
	madvise(at, 4 * page, MADV_HUGEPAGE);
	madvise(at, 4 * page, MADV_COLLAPSE);
	madvise(at, 4 * page, MADV_DODUMP);
	madvise(at, 4 * page, MADV_DONTFORK);
	madvise(at, 4 * page, MADV_DOFORK);
	mlock(at, 4 * page);
	munlock(at, 4 * page);
	munmap(at, 4 * page);

	expect(take(fd, e), 0, "%s: export anew", k->name);
	at = map(fd, 4 * page, k->prot, k->sharing, 0);
	if (!expect(result_of(at), 0, "%s: mmap anew", k->name))
		goto done;
	check(word(at) == 0, "%s: a new export holds what the former held", k->name);
	if (writable)
		try_write((uint64_t *)at, 0x1111);
	fork_with(k, fd, (uint64_t *)at, writable);
	move_with(k, fd, writable);
	expect(take(fd, plain(page)), 0, "%s: an export when all is unmapped", k->name);
done:
	close(fd);
}

static void every_kind(int any_uncached)
{
	static const char *const memories[] = { "known", "unknown", "unheld" };
	static const char *const types[] = { "wb", "nc", "ngnre", "ngnrne" };
	struct kind k;

	part("every kind");
	for (k.memory = 0; k.memory < 3; k.memory++)
	for (k.type = 0; k.type < 4; k.type++)
	for (k.vma = 0; k.vma < 2; k.vma++)
	for (k.flags = 0; k.flags < 2; k.flags++)
	for (int i = 0; i < 4; i++) {
		if ((k.flags && !any_uncached) || (k.memory == STAGE2_MEMORY_UNHELD && k.vma == STAGE2_VMA_MIXEDMAP))
			continue;
		k.sharing = i & 1 ? MAP_PRIVATE : MAP_SHARED;
		k.prot = i & 2 ? PROT_READ | PROT_WRITE : PROT_READ;
		snprintf(k.name, sizeof(k.name), "%s %s %s%s, %s %s", memories[k.memory], types[k.type],
			 k.vma ? "mixedmap" : "pfnmap", k.flags ? " any-uncached" : "", i & 1 ? "private" : "shared", i & 2 ? "rw" : "r");
		use(&k);
	}
}

/* ---- read-only until the first store, and every other page ---- */

static void odd_insertions(void)
{
	static const __u32 ways[] = { STAGE2_NOTIFIED, STAGE2_SCATTERED, STAGE2_NOTIFIED | STAGE2_SCATTERED };
	int fd = open_exporter(O_RDWR);

	part("notified and scattered pages");
	for (size_t i = 0; i < COUNT(ways); i++)
	for (__u32 memory = 0; memory < 2; memory++) {
		struct stage2_export e = of(memory, STAGE2_TYPE_WB, STAGE2_VMA_PFNMAP, 4 * page);
		char *at, *other;

		e.flags = ways[i];
		expect(take(fd, e), EINVAL, "flags %#x: not on a fault", e.flags);
		e.flags |= STAGE2_INSERT_HUGE;
		expect(take(fd, e), EINVAL, "flags %#x: huge", e.flags);
		e.flags = ways[i] | STAGE2_INSERT_ON_FAULT;
		e.vma = STAGE2_VMA_MIXEDMAP;
		expect(take(fd, e), EINVAL, "flags %#x: a mixed map", e.flags);
		e.vma = STAGE2_VMA_PFNMAP;
		if (!expect(take(fd, e), 0, "flags %#x, memory %u", e.flags, memory))
			continue;
		expect(result_of(map(fd, 4 * page, PROT_READ, MAP_PRIVATE, 0)), EINVAL, "flags %#x: private", e.flags);
		at = map(fd, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
		other = map(fd, 4 * page, PROT_READ, MAP_SHARED, 0);
		expect(result_of(at), 0, "flags %#x: mmap", e.flags);
		expect(result_of(other), 0, "flags %#x: mmap again", e.flags);
		for (int p = 0; p < 4; p++) {
			/* Pages that are read first, and such that are not. */
			if (p % 2)
				check(word(at + p * page) == 0, "flags %#x: page %d is not zero", e.flags, p);
			check(!try_write((uint64_t *)(at + p * page), 0x100 + p), "flags %#x: writing page %d", e.flags, p);
		}
		for (int p = 0; p < 4; p++)
			check(word(other + p * page) == 0x100 + (uint64_t)p, "flags %#x: page %d holds %#lx", e.flags, p, word(other + p * page));
		munmap(at, 4 * page);
		munmap(other, 4 * page);
	}
	struct stage2_export e = of(STAGE2_MEMORY_UNHELD, STAGE2_TYPE_WB, STAGE2_VMA_PFNMAP, page);

	e.flags = STAGE2_SCATTERED | STAGE2_INSERT_ON_FAULT;
	expect(take(fd, e), EINVAL, "unheld memory, scattered");
	close(fd);
}

/* ---- all there is ---- */

/* How many exports of this length the unknown range holds, while they are held. */
static int fill(int *files, int most, size_t length)
{
	for (int i = 0; i < most; i++) {
		files[i] = open_exporter(O_RDWR);
		if (take(files[i], of(STAGE2_MEMORY_UNKNOWN, i % 4, i % 2, length))) {
			expect(-1, ENOMEM, "export %d of the unknown range", i);
			close(files[i]);
			return i;
		}
	}
	return most;
}

static void empty(int *files, int count)
{
	while (count--)
		close(files[count]);
}

static void exhaustion(size_t range)
{
	static int files[512];
	int count, again, one = open_exporter(O_RDWR);
	char *at;

	part("the whole unknown range");
	count = fill(files, COUNT(files), LIMIT);
	check((size_t)count == range / LIMIT, "%d exports of 16 MiB", count);
	if (range % LIMIT == 0)
		expect(take(one, of(STAGE2_MEMORY_UNKNOWN, 0, 0, page)), ENOMEM, "one page more");
	expect(result_of(map(one, page, PROT_READ, MAP_SHARED, 0)), EINVAL, "a mapping of what there was not");
	close(files[count / 2]);
	expect(take(one, of(STAGE2_MEMORY_UNKNOWN, 0, 0, LIMIT)), 0, "16 MiB in the place of a closed file's");
	files[count / 2] = one;

	/* A mapping keeps its memory when the file is closed. */
	at = map(files[0], LIMIT, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	expect(result_of(at), 0, "mmap of 16 MiB");
	try_write((uint64_t *)(at + LIMIT - 8), 0x6666);
	close(files[0]);
	one = open_exporter(O_RDWR);
	if (range % LIMIT == 0)
		expect(take(one, of(STAGE2_MEMORY_UNKNOWN, 0, 0, page)), ENOMEM, "a page of what is still mapped");
	check(word(at + LIMIT - 8) == 0x6666, "memory that outlives its file");
	munmap(at, LIMIT);
	expect(take(one, of(STAGE2_MEMORY_UNKNOWN, 0, 0, LIMIT)), 0, "16 MiB that were unmapped");
	at = map(one, LIMIT, PROT_READ, MAP_SHARED, 0);
	check(word(at + LIMIT - 8) == 0, "memory that comes back with what it held");
	munmap(at, LIMIT);
	files[0] = one;
	empty(files, count);

	again = fill(files, COUNT(files), LIMIT);
	check(again == count, "%d exports at first, %d when all was given back", count, again);
	empty(files, again);
	again = fill(files, COUNT(files), MIB);
	check((size_t)again == (range / MIB < COUNT(files) ? range / MIB : COUNT(files)), "%d exports of 1 MiB", again);
	for (int i = 0; i < again; i += 2)
		close(files[i]);	/* every second: much is free, and no two of it adjoin */
	one = open_exporter(O_RDWR);
	if ((size_t)again == range / MIB) {
		expect(take(one, of(STAGE2_MEMORY_UNKNOWN, 0, 0, 2 * MIB)), ENOMEM, "2 MiB where only pieces of 1 are");
		expect(take(one, of(STAGE2_MEMORY_UNKNOWN, 0, 0, MIB)), 0, "1 MiB where pieces of 1 are");
	}
	close(one);
	for (int i = 1; i < again; i += 2)
		close(files[i]);
	again = fill(files, COUNT(files), LIMIT);
	check(again == count, "%d exports at first, %d at last", count, again);
	empty(files, again);
}

/* Larger than the page allocator gives at once: refused without a word in the kernel's log, or given whole. */
static void large(__u32 memory)
{
	int fd = open_exporter(O_RDWR);

	part("large exports of known memory");
	for (size_t length = page; length <= LIMIT; length += length < 64 * page ? page : length / 3 & -page) {
		int ret = take(fd, of(memory, STAGE2_TYPE_WB, STAGE2_VMA_PFNMAP, length));
		char *at;

		if (ret) {
			check(errno == ENOMEM && length > MIB, "%#zx bytes: %s", length, strerror(errno));
			continue;
		}
		at = map(fd, length, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
		if (expect(result_of(at), 0, "mmap of %#zx", length)) {
			check(word(at + length - 8) == 0 && !try_write((uint64_t *)(at + length - 8), 1), "the end of %#zx", length);
			munmap(at, length);
		}
	}
	close(fd);
}

/* Where a guest's first page of an export of 2 MiB and more lies. */
static void aligned(void)
{
	static const size_t lengths[] = { 2 * MIB, 4 * MIB };
	int fd = open_exporter(O_RDWR), odd[3];
	struct utsname system;

	part("exports that a block could map");
	uname(&system);
	/* Pages in use before, so that the next free one is no multiple of anything. */
	for (int i = 0; i < 3; i++) {
		odd[i] = open_exporter(O_RDWR);
		expect(take(odd[i], of(i, 0, 0, 3 * page)), 0, "three pages of memory %d", i);
	}
	for (int i = 0; i < 6; i++) {
		__u32 memory = i % 3;
		size_t length = lengths[i / 3];
		struct machine m;
		struct stage2_read r;
		uint64_t seen = 1;
		char *room = mmap(NULL, 2 * length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at;

		expect(take(fd, of(memory, STAGE2_TYPE_NC, STAGE2_VMA_PFNMAP, length)), 0, "memory %u, %#zx", memory, length);
		at = mmap((char *)(((unsigned long)room + length - 1) & -length), length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
		expect(result_of(at), 0, "mapping it");
		start_machine(&m);
		expect(set_slot(&m, 1, DATA_IPA, at, length), 0, "a slot of memory %u", memory);
		if (memory == STAGE2_MEMORY_UNHELD && !strncmp(system.release, "6.1", 3) && system.release[3] != '6') {
			expect(ioctl(m.vcpu, KVM_RUN, 0), EFAULT, "pages without a count, up to 6.12");
		} else if (check(run_machine(&m, &seen), "memory %u: exit %u", memory, m.run->exit_reason)) {
			check(seen == 0, "memory %u holds %#lx", memory, seen);
			expect(read_at(fd, m.vm, DATA_IPA, &r), 0, "a walk");
			check(r.valid && !(r.descriptor & 0xfffffffff000 & (2 * MIB - 1)), "memory %u, %#zx: descriptor %#llx at level %d",
			      memory, length, r.descriptor, r.level);
		}
		stop_machine(&m);
		munmap(room, 2 * length);
	}
	for (int i = 0; i < 3; i++)
		close(odd[i]);
	close(fd);
}

/* ---- many times ---- */

/* kB free, with those pages that each CPU keeps at hand: they come and go by megabytes. */
static long free_memory(void)
{
	FILE *file = fopen("/proc/zoneinfo", "r");
	char line[256];
	long pages = 0, here;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, " pages free %ld", &here) == 1 || sscanf(line, " count: %ld", &here) == 1)
			pages += here;
	if (file)
		fclose(file);
	return pages * (long)(page / 1024);
}

static void rounds(int count)
{
	for (int i = 0; i < count; i++) {
		size_t length = i % 64 < 3 ? 2 * MIB : (1 + i % 16) * page;
		int fd = open_exporter(O_RDWR), sharing = i & 16 ? MAP_PRIVATE : MAP_SHARED;
		char *at = MAP_FAILED;

		__u32 memory = i % 3;

		if (take(fd, of(memory, i >> 1 & 3, memory == STAGE2_MEMORY_UNHELD ? 0 : i >> 3 & 1, length)) ||
		    (at = map(fd, length, PROT_READ | PROT_WRITE, sharing, 0)) == MAP_FAILED ||
		    try_write((uint64_t *)(at + length - 8), i)) {
			check(0, "round %d: %s", i, strerror(errno));
			close(fd);
			return;
		}
		if (i & 32)	/* the file goes first, then the mapping; or the other way round; or two exports */
			close(fd);
		munmap(at, length);
		if (!(i & 32)) {
			if (i & 64)
				take(fd, of((i + 1) % 3, 0, 0, length));
			close(fd);
		}
	}
	check(1, "%d rounds", count);
}

static void leaks(void)
{
	long before, after;

	part("2000 rounds of export, map, unmap");
	rounds(200);
	before = free_memory();
	rounds(2000);
	after = free_memory();
	/* A page lost in each round would be 8000 kB; what else a kernel does in the meantime is far below a quarter of that. */
	printf("  %ld kB free before, %ld kB after\n", before, after);
	check(before > 0 && before - after < 2000, "memory is lost");
}

/* Two threads on one file: every export is refused or takes place as a whole. */
static void *keep_exporting(void *argument)
{
	struct reader *reader = argument;

	while (!stop) {
		int ret = take(reader->exporter, of(reader->reads & 1, 0, reader->reads >> 1 & 1, 4 * page));

		reader->reads++;
		if (ret && errno != EBUSY)
			reader->strange++;
	}
	return NULL;
}

static void race(void)
{
	struct reader reader = { .exporter = open_exporter(O_RDWR) };
	pthread_t thread;
	int mapped = 0;

	part("export against mmap");
	expect(take(reader.exporter, plain(4 * page)), 0, "an export");
	stop = 0;
	expect(pthread_create(&thread, NULL, keep_exporting, &reader) ? -1 : 0, 0, "a thread");
	for (int round = 0; round < 2000; round++) {
		char *at = map(reader.exporter, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, 0);

		if (at == MAP_FAILED)
			continue;
		mapped++;
		/* Were it exchanged or freed below the mapping, another would write here. */
		if (!check(word(at) == 0 && !try_write((uint64_t *)at, round + 1) && word(at) == (uint64_t)round + 1, "round %d", round))
			break;
		try_write((uint64_t *)at, 0);
		munmap(at, 4 * page);
	}
	stop = 1;
	pthread_join(thread, NULL);
	check(mapped > 100 && !reader.strange, "%d mappings, %lu strange of %lu exports", mapped, reader.strange, reader.reads);
	close(reader.exporter);
}

static int hotplug(int exporter, __u32 added)
{
	return ioctl(exporter, STAGE2_HOTPLUG, &added);
}

/* Added and removed under mappings: what is in it stays, and no mapping but its own is touched. */
static void hotplugged(void)
{
	int first = open_exporter(O_RDWR), second = open_exporter(O_RDWR), other = open_exporter(O_RDWR);
	struct stage2_export e = of(STAGE2_MEMORY_HOTPLUG, STAGE2_TYPE_WB, STAGE2_VMA_PFNMAP, 4 * page);
	struct stage2_export pages = of(STAGE2_MEMORY_UNKNOWN, STAGE2_TYPE_WB, STAGE2_VMA_PFNMAP, 4 * page);
	char *at, *elsewhere;

	part("memory that is hot-added and removed");
	e.flags = STAGE2_INSERT_ON_FAULT;
	expect(hotplug(first, 2), EINVAL, "neither added nor removed");
	expect(hotplug(first, 1U << 31), EINVAL, "nor that");
	expect(ioctl(first, STAGE2_HOTPLUG, NULL), EFAULT, "no pointer");
	expect(take(first, e), 0, "an export of what is not added");
	expect(take(second, e), EBUSY, "of another file");
	expect(hotplug(second, 1), EBUSY, "added by another file");
	expect(take(other, pages), 0, "an export of unknown memory");
	at = map(first, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	elsewhere = map(other, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	if (!check(at != MAP_FAILED && elsewhere != MAP_FAILED, "mappings"))
		return;
	try_write((uint64_t *)elsewhere, 0x7777);
	for (uint64_t round = 0; round < 20; round++) {
		check(word(at) == round, "round %lu holds %#lx", round, word(at));
		expect(hotplug(first, 1), 0, "round %lu: added", round);
		expect(hotplug(first, 1), 0, "round %lu: added already", round);
		check(word(at) == round && !try_write((uint64_t *)at, round + 1), "round %lu: while it is added", round);
		expect(hotplug(first, 0), 0, "round %lu: removed", round);
		check(word(elsewhere) == 0x7777, "round %lu: other memory", round);
	}
	expect(hotplug(first, 1), 0, "added before the file is closed");
	close(first);
	expect(take(second, e), EBUSY, "while a mapping has the file");
	munmap(at, 4 * page);
	expect(take(second, e), 0, "after the last of it is gone");
	at = map(second, 4 * page, PROT_READ, MAP_PRIVATE, 0);
	check(at == MAP_FAILED && errno == EINVAL, "a private mapping of what is inserted on a fault");
	e.flags = 0;
	expect(take(second, e), 0, "an export that is inserted at once");
	at = map(second, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	check(at != MAP_FAILED && word(at) == 0, "cleared");
	expect(hotplug(second, 1), 0, "added");
	expect(hotplug(second, 0), 0, "removed");
	check(try_write((uint64_t *)at, 1), "nothing maps again what was inserted at once");
	munmap(at, 4 * page);
	munmap(elsewhere, 4 * page);
	close(second);
	close(other);
}

int main(void)
{
	struct stage2_facts f;
	struct utsname system;
	int probe, any_uncached;
	struct stage2_export e;

	page = sysconf(_SC_PAGESIZE);
	handle(SIGSEGV);
	handle(SIGBUS);
	uname(&system);
	f = facts();
	check(f.abi == STAGE2_EXPORTER_ABI && f.page_size == page && f.can_walk == !f.protected_mode, "facts that fit");
	probe = open_exporter(O_RDWR);
	e = plain(page);
	e.flags = STAGE2_ALLOW_ANY_UNCACHED;
	any_uncached = !take(probe, e);
	check(any_uncached || errno == EOPNOTSUPP, "any-uncached: %s", strerror(errno));
	close(probe);
	printf("%s, %llu MiB unknown\n", system.release, f.unknown_size / MIB);
	if (!check(f.unknown_size >= 2 * LIMIT, "too little unknown memory for the checks"))
		return 1;

	bad_pointers();
	bad_requests();
	bad_exports();
	bad_mappings();
	busy();
	unprivileged();
	bad_reads();
	orphaned_vm();
	walk_of_a_running_vm();
	every_kind(any_uncached);
	odd_insertions();
	exhaustion(f.unknown_size);
	large(STAGE2_MEMORY_KNOWN);
	large(STAGE2_MEMORY_UNHELD);
	aligned();
	race();
	if (check(f.can_hotplug && f.hotplug_size, "no memory to hot-add"))
		hotplugged();
	leaks();
	printf("%d checks, %d failed\n", checks, failed);
	return failed != 0;
}
