package containers

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestPlainWords(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct{ got, want string }{
		{cpuText(0), "00:00:00"}, {cpuText(61*time.Second + 999*time.Millisecond), "00:01:01"}, {cpuText(25 * time.Hour), "1-01:00:00"},
		{startText(now.Add(-time.Hour), now), "11:00"}, {startText(now.Add(-13*time.Hour), now), "Nov28"}, {startText(now.AddDate(-1, 0, 0), now), "2025"},
		{terminalName(0), "?"}, {terminalName(136<<8 | 3), "pts/3"}, {terminalName(137 << 8), "pts/256"}, {terminalName(4<<8 | 1), "tty1"},
		{terminalName(4<<8 | 64), "ttyS0"}, {terminalName(5<<8 | 1), "5,1"}, {userName(0), "root"}, {userName(4000000000), "4000000000"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
	if useOf(time.Second, time.Minute) != 1 || useOf(time.Minute, time.Minute) != 99 || useOf(time.Second, 0) != 0 {
		t.Error("the use of CPUs")
	}
}

// What ps writes is taken apart as Docker does it: the last column has spaces.
func TestChooseRows(t *testing.T) {
	const output = "USER   PID COMMAND\nroot    12 sh -c  x\nroot   123 other\nodd\n"
	rows, err := chooseRows(output, []int{12})
	if want := [][]string{{"USER", "PID", "COMMAND"}, {"root", "12", "sh -c x"}}; err != nil || !reflect.DeepEqual(rows, want) {
		t.Errorf("%q, %v", rows, err)
	}
	for _, bad := range []string{"", "USER COMMAND\nroot sh\n", "PID\nx\n"} {
		if rows, err := chooseRows(bad, nil); err == nil {
			t.Errorf("%q: %q", bad, rows)
		}
	}
}

// A screen has no more lines and columns than the terminal, and nothing of it commands that.
func TestScreen(t *testing.T) {
	if got, want := screen("abcdef\nb\x1b[2J\nc\n", 4, 3), "\x1b[Habcd\x1b[K\n"+`b\x1b`[:4]+"\x1b[K\n\x1b[J"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The lines of stats fit, and who has no name keeps an id.
func TestFitStats(t *testing.T) {
	row := statsRow{
		ID: "3eff030d6835", Name: "database", CPUPerc: "100.07%", MemUsage: "396.1KiB / 23.54GiB", MemPerc: "10.00%",
		NetIO: "12.3kB / 4.1kB", BlockIO: "12.3kB / 4.1kB", PIDs: "2",
	}
	for _, test := range []struct {
		width int
		name  string
		want  string
	}{
		{200, "db", "ID Name CPUPerc MemUsage MemPerc NetIO BlockIO PIDs"},
		{90, "db", "Name CPUPerc MemUsage MemPerc NetIO BlockIO PIDs"},
		{80, "db", "Name CPUPerc MemUsage MemPerc BlockIO PIDs"},
		{50, "db", "Name CPUPerc MemUsage PIDs"},
		{50, noName, "ID Name CPUPerc MemUsage PIDs"},
	} {
		row.Name = test.name
		if got := strings.Join(fitStats([]statsRow{row}, test.width), " "); got != test.want {
			t.Errorf("%d columns, %s: %s, want %s", test.width, test.name, got, test.want)
		}
	}
}
