//kind define
//include linux/ioctl.h linux/types.h
/* stage2_exporter.h: adds memory to the kernel's (1), or removes it (0) */
#define STAGE2_HOTPLUG	_IOW('S', 4, __u32)
