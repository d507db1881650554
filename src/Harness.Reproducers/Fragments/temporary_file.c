//include stdlib.h unistd.h
/* An unlinked file. */
static int temporary_file(char *pattern, off_t size)
{
	int fd = mkstemp(pattern);

	if (fd < 0)
		return -1;
	unlink(pattern);
	if (ftruncate(fd, size)) {
		close(fd);
		return -1;
	}
	return fd;
}
