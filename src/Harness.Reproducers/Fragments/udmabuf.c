//include errno.h fcntl.h linux/udmabuf.h sys/ioctl.h unistd.h
static int create_udmabuf(int memfd, __u64 size)
{
	struct udmabuf_create create = {
		.memfd = memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = size,
	};
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int fd, error;

	if (device < 0)
		return -1;
	fd = ioctl(device, UDMABUF_CREATE, &create);
	error = errno;
	close(device);
	errno = error;
	return fd;
}
