package utils

import "testing"

func TestUserName(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000\nshort:x\nann2:x:1000:5::/:\n"
	for uid, want := range map[int]string{0: "root", 1000: "ann", 7: ""} {
		if got := UserName(passwd, uid); got != want {
			t.Errorf("UserName(%d) = %q, want %q", uid, got, want)
		}
	}
}
