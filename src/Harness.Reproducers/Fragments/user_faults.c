//include errno.h fcntl.h linux/userfaultfd.h poll.h pthread.h stdint.h stdlib.h string.h sys/ioctl.h sys/syscall.h unistd.h
/* userfaultfd(2) over a mapping, and a thread that serves its faults, those of KVM's lookup among them. */
static struct {
	pthread_t thread;
	int fd, mode, word;
	volatile int ends;
} user_faults = { .fd = -1 };

static void *serve_user_faults(void *unused)
{
	long size = sysconf(_SC_PAGESIZE);
	char *page = aligned_alloc(size, size);
	struct uffd_msg message;

	(void)unused;
	memset(page, 0, size);
	memcpy(page, &user_faults.word, sizeof(user_faults.word));
	while (!user_faults.ends) {
		struct pollfd entry = { .fd = user_faults.fd, .events = POLLIN };
		__u64 at;

		if (poll(&entry, 1, 10) <= 0 || read(user_faults.fd, &message, sizeof(message)) != sizeof(message) ||
		    message.event != UFFD_EVENT_PAGEFAULT)
			continue;
		at = message.arg.pagefault.address & ~(__u64)(size - 1);
		if (user_faults.mode == UFFDIO_REGISTER_MODE_WP) {
			struct uffdio_writeprotect protect = { .range = { at, size } };

			ioctl(user_faults.fd, UFFDIO_WRITEPROTECT, &protect);
		} else if (user_faults.mode == UFFDIO_REGISTER_MODE_MINOR) {
			struct uffdio_continue goes = { .range = { at, size } };

			ioctl(user_faults.fd, UFFDIO_CONTINUE, &goes);
		} else {
			struct uffdio_copy copy = { .dst = at, .src = (uintptr_t)page, .len = size };

			ioctl(user_faults.fd, UFFDIO_COPY, &copy);
		}
	}
	free(page);
	return NULL;
}

static int watch_user_faults(char *map, unsigned long size, int mode, int word)
{
	int protects = mode == UFFDIO_REGISTER_MODE_WP;
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = protects ? UFFD_FEATURE_PAGEFAULT_FLAG_WP :
			    mode == UFFDIO_REGISTER_MODE_MINOR ? UFFD_FEATURE_MINOR_SHMEM : 0,
	};
	struct uffdio_register watched = { .range = { (uintptr_t)map, size }, .mode = mode };
	struct uffdio_writeprotect protect = { .range = watched.range, .mode = UFFDIO_WRITEPROTECT_MODE_WP };

	user_faults.mode = mode;
	user_faults.word = word;
	user_faults.fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (user_faults.fd < 0 || ioctl(user_faults.fd, UFFDIO_API, &api) ||
	    ioctl(user_faults.fd, UFFDIO_REGISTER, &watched) ||
	    (protects && ioctl(user_faults.fd, UFFDIO_WRITEPROTECT, &protect)))
		return -1;
	errno = pthread_create(&user_faults.thread, NULL, serve_user_faults, NULL);
	return errno ? -1 : 0;
}

static void end_user_faults(void)
{
	user_faults.ends = 1;
	if (user_faults.thread)
		pthread_join(user_faults.thread, NULL);
	if (user_faults.fd >= 0)
		close(user_faults.fd);
}
