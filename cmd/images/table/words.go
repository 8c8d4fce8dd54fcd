package table

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/docker/go-units"
)

// Unknown is what stands for what nobody has said.
const Unknown = "N/A"

// Size is a size as Docker writes it: three digits, in powers of ten.
func Size(bytes int64) string { return units.HumanSizeWithPrecision(float64(bytes), 3) }

// Since says how long ago something was: "3 weeks ago".
func Since(then, now time.Time) string {
	if then.IsZero() {
		return Unknown
	}
	return units.HumanDuration(now.Sub(then)) + " ago"
}

// At is a time as Docker writes it in lists.
func At(then time.Time) string {
	if then.IsZero() {
		return Unknown
	}
	return then.Local().Format("2006-01-02 15:04:05 -0700 MST")
}

// Time reads a time in RFC 3339, which an image's maker has written: what is none is no time.
func Time(text string) time.Time {
	then, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return then
}

// Fields lists the names that a format can use.
func Fields(header Header) string { return strings.Join(slices.Sorted(maps.Keys(header)), ", ") }

// Memory is an amount of memory as Docker writes it: four digits, in powers of two.
func Memory(bytes int64) string { return units.BytesSize(float64(bytes)) }
