//go:build amd64 || arm64

package entry

import "testing"

func TestIsMemoryLimit(t *testing.T) {
	for value, want := range map[string]bool{
		"": true, "off": true, "0": true, "64MiB": true, "1073741824": true, "1B": true, "7TiB": true, "8388607TiB": true,
		"64m": false, "64MB": false, "MiB": false, "-1": false, " 1": false, "1 MiB": false, "1e6": false, "offf": false,
		"8388608TiB": false, "9999999999999999999": false,
	} {
		if got := isMemoryLimit(value); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}
