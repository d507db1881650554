//include fcntl.h stdio.h string.h unistd.h
/* Another process has the driver release the device, and waits until no process has it open. */
static int vfio_release(const char *device)
{
	char path[128];
	int pid = fork();

	if (pid == 0) {
		int fd;

		/* What this process has open would keep the device open, too. */
		close_range(3, ~0U, 0);
		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver/unbind", device);
		fd = open(path, O_WRONLY);
		_exit(fd >= 0 && write(fd, device, strlen(device)) > 0 ? 0 : 1);
	}
	usleep(100000);
	return pid < 0 ? -1 : 0;
}
