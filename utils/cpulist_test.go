package utils

import (
	"slices"
	"strings"
	"testing"
)

func TestParseCPUList(t *testing.T) {
	tests := []struct {
		in   string
		want CPUList
		text string
	}{
		{"0", CPUList{0}, "0"},
		{"1", CPUList{1}, "1"},
		{"0-2,7", CPUList{0, 1, 2, 7}, "0-2,7"},
		{"7,0-2", CPUList{0, 1, 2, 7}, "0-2,7"},
		{"3,1,2", CPUList{1, 2, 3}, "1-3"},
		{"1,1,1", CPUList{1}, "1"},
		{"0-3,2-5", CPUList{0, 1, 2, 3, 4, 5}, "0-5"},
		{"4-4", CPUList{4}, "4"},
		{"0,2,4", CPUList{0, 2, 4}, "0,2,4"},
		{"0-1,3-4", CPUList{0, 1, 3, 4}, "0-1,3-4"},
		{"8191", CPUList{8191}, "8191"},
		{"007", CPUList{7}, "7"},
	}
	for _, test := range tests {
		got, err := ParseCPUList(test.in)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("ParseCPUList(%q) = %v, %v; want %v", test.in, got, err, test.want)
		}
		if text := got.String(); text != test.text {
			t.Errorf("ParseCPUList(%q).String() = %q, want %q", test.in, text, test.text)
		}
	}
}

func TestParseCPUListErrors(t *testing.T) {
	const number = "is not a CPU number (0 to 8191)"
	tests := []struct{ in, want string }{
		{"", `"" ` + number},
		{"a", `"a" ` + number},
		{"1-", `"" ` + number},
		{"-1", `"" ` + number},
		{"1,", `"" ` + number},
		{",1", `"" ` + number},
		{"1,,2", `"" ` + number},
		{"1-2-3", `"2-3" ` + number},
		{"+1", `"+1" ` + number},
		{"1.5", `"1.5" ` + number},
		{" 1", `" 1" ` + number},
		{"1\n", `"1\n" ` + number},
		{"0x1", `"0x1" ` + number},
		{"1_0", `"1_0" ` + number},
		{"0-7:2/4", `"7:2/4" ` + number},
		{"8192", `"8192" ` + number},
		{"0-8192", `"8192" ` + number},
		{"99999999999999999999", `"99999999999999999999" ` + number},
		{"3-1", `range "3-1" runs backwards`},
		{"0,5-4", `range "5-4" runs backwards`},
	}
	for _, test := range tests {
		got, err := ParseCPUList(test.in)
		if err == nil || err.Error() != test.want {
			t.Errorf("ParseCPUList(%q) = %v, %v; want error %q", test.in, got, err, test.want)
		}
		if got != nil {
			t.Errorf("ParseCPUList(%q) = %v beside an error", test.in, got)
		}
	}
}

func TestCPUListStringOfNone(t *testing.T) {
	if got := CPUList(nil).String(); got != "" {
		t.Errorf("String() = %q, want nothing", got)
	}
}

func TestCPUListMissing(t *testing.T) {
	tests := []struct{ list, other, want CPUList }{
		{nil, nil, nil},
		{nil, CPUList{0, 1}, nil},
		{CPUList{0}, nil, CPUList{0}},
		{CPUList{0, 1}, CPUList{0, 1}, nil},
		{CPUList{1}, CPUList{0, 1, 2}, nil},
		{CPUList{0, 1, 2}, CPUList{1}, CPUList{0, 2}},
		{CPUList{5, 9}, CPUList{0, 1}, CPUList{5, 9}},
	}
	for _, test := range tests {
		if got := test.list.Missing(test.other); !slices.Equal(got, test.want) {
			t.Errorf("%v.Missing(%v) = %v, want %v", test.list, test.other, got, test.want)
		}
	}
}

// What is parsed is sorted, without doubles and in range, and its text gives
// the same list again.
func FuzzParseCPUList(f *testing.F) {
	for _, seed := range []string{"", "0", "0-2,7", "1,1", "3-1", "1-", "8191", "0-8191", "0-7:2/4", "a", "1,,2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		// Each item may stand for thousands of CPUs.
		if strings.Count(in, ",") > 64 {
			t.Skip("too many items")
		}
		list, err := ParseCPUList(in)
		if err != nil {
			return
		}
		if len(list) == 0 || list[0] < 0 || list[len(list)-1] > maxCPU {
			t.Fatalf("ParseCPUList(%q) = %v, out of range", in, list)
		}
		for i := 1; i < len(list); i++ {
			if list[i-1] >= list[i] {
				t.Fatalf("ParseCPUList(%q) = %v, not sorted", in, list)
			}
		}
		again, err := ParseCPUList(list.String())
		if err != nil || !slices.Equal(again, list) {
			t.Fatalf("ParseCPUList(%q) = %v, but its text %q gives %v, %v", in, list, list, again, err)
		}
		if missing := list.Missing(again); missing != nil {
			t.Fatalf("%v misses %v of itself", list, missing)
		}
	})
}
