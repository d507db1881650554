//include dirent.h errno.h fcntl.h stdint.h stdio.h sys/ioctl.h unistd.h
/* linux/vfio.h, 6.6 and later: headers may be older. */
struct bind_iommufd {
	uint32_t argsz, flags;
	int32_t iommufd;
	uint32_t out_devid;
};
#define BIND_IOMMUFD _IO(';', 118)

/* The device's own file, bound to an iommufd. */
static int vfio_iommu(int iommu, const char *device)
{
	struct bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommu };
	char path[320];
	struct dirent *entry;
	int fd = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", device);
	dir = opendir(path);
	if (!dir)
		return -1;
	errno = ENODEV;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
			fd = open(path, O_RDWR | O_CLOEXEC);
			break;
		}
	closedir(dir);
	return fd >= 0 && ioctl(fd, BIND_IOMMUFD, &bind) ? -1 : fd;
}
