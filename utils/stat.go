package utils

import (
	"fmt"
	"strconv"
	"strings"
)

// ProcessStat reads the fields of /proc/PID/stat from the third on: field n of proc_pid_stat(5) is
// at n-3. There are at least as many as asked for. The second, the name, may hold anything.
func ProcessStat(pid, least int) ([]string, error) {
	path := "/proc/" + strconv.Itoa(pid) + "/stat"
	stat, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < least {
		return nil, fmt.Errorf("%s: %q", path, stat)
	}
	return fields, nil
}
