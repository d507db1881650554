//include stdio.h unistd.h
//needs vfio_bind
/* Another process has the driver release the device, and waits until no process has it open. */
static int vfio_release(const char *device)
{
	char command[128];

	snprintf(command, sizeof(command), "echo %s > /sys/bus/pci/devices/%s/driver/unbind", device, device);
	vfio_releaser = fork();
	if (vfio_releaser == 0) {
		/* What it had open, and its mappings, which a shell has no more, would keep the device open, too. */
		close_range(3, ~0U, 0);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(1);
	}
	usleep(100000);
	return vfio_releaser < 0 ? -1 : 0;
}
