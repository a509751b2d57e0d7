/* Memory that processes may still have on this host: what is free, less where a cgroup says so, and what one process
   may have by its own limits. */
#include "plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The number of the line "key number" of a file, of its first line without a key; HUGE_VAL: none. */
static double Number(const char path[], const char key[])
{
  FILE  *file = fopen(path, "r");
  char   line[256], word[128];
  double value, found = HUGE_VAL;

  while (file && found == HUGE_VAL && fgets(line, sizeof(line), file)) {
    if (!key[0] && sscanf(line, "%lf", &value) == 1) found = value;
    if (key[0] && sscanf(line, "%127s %lf", word, &value) == 2 && !strcmp(word, key)) found = value;
    if (!key[0]) break;
  }
  if (file) (void)fclose(file);
  return found;
}

/* What a cgroup has left: its limit less what is used and cannot be taken back. */
static double LeftOf(const char folder[], const char limit[], const char used[], const char reclaimable[])
{
  char   path[1024];
  double most, now, back;

  (void)snprintf(path, sizeof(path), "%s/%s", folder, limit);
  most = Number(path, "");
  if (most == HUGE_VAL || most > 1e18) return HUGE_VAL;
  (void)snprintf(path, sizeof(path), "%s/%s", folder, used);
  now = Number(path, "");
  (void)snprintf(path, sizeof(path), "%s/memory.stat", folder);
  back = Number(path, reclaimable);
  if (now == HUGE_VAL) now = 0;
  return fmax(0, most - now + (back == HUGE_VAL ? 0 : fmin(back, now)));
}

/* The least that the cgroup of this process, and those it is in, have left; of version 2 and of version 1. */
static double Cgroups(const char root[])
{
  char   line[512], folder[1024], *path, *slash;
  FILE  *file = fopen("/proc/self/cgroup", "r");
  double left = HUGE_VAL;

  while (file && fgets(line, sizeof(line), file)) {
    const bool second = !strncmp(line, "0::", 3);
    const bool memory = second || strstr(line, ":memory:");

    path = strchr(line, '/');
    if (!memory || !path) continue;
    path[strcspn(path, "\n")] = 0;
    for (slash = path + strlen(path); slash; slash = strrchr(path, '/')) {
      *slash = 0;
      (void)snprintf(folder, sizeof(folder), "%s%s%s", root, second ? "" : "/memory", path);
      left =
        fmin(left, second ? LeftOf(folder, "memory.max", "memory.current", "inactive_file")
                          : LeftOf(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"));
    }
  }
  if (file) (void)fclose(file);
  return left;
}

double kar_plan_free(void)
{
  const double kib = Number("/proc/meminfo", "MemAvailable:");

  return fmin(kib == HUGE_VAL ? HUGE_VAL : 1024 * kib, Cgroups("/sys/fs/cgroup"));
}

double kar_plan_limit(void)
{
  FILE         *file   = fopen("/proc/self/statm", "r");
  double        mapped = 0, resident = 0, left = HUGE_VAL;
  struct rlimit limit;

  if (file && fscanf(file, "%lf %lf", &mapped, &resident) != 2) mapped = resident = 0;
  if (file) (void)fclose(file);
  if (!getrlimit(RLIMIT_AS, &limit) && limit.rlim_cur != RLIM_INFINITY)
    left = fmax(0, (double)limit.rlim_cur - (mapped - resident) * (double)sysconf(_SC_PAGESIZE));
  if (!getrlimit(RLIMIT_DATA, &limit) && limit.rlim_cur != RLIM_INFINITY) left = fmin(left, (double)limit.rlim_cur);
  return left;
}

double kar_plan_disk(const char out[])
{
  char           folder[4096];
  struct statvfs disk;
  char          *slash;

  (void)snprintf(folder, sizeof(folder), "%s", out ? out : ".");
  slash = strrchr(folder, '/');
  if (slash) slash[slash == folder ? 1 : 0] = 0;
  else (void)snprintf(folder, sizeof(folder), ".");
  return statvfs(folder, &disk) ? HUGE_VAL : (double)disk.f_bavail * (double)disk.f_frsize;
}
