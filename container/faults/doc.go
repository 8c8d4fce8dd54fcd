// Package faults lets tests have a step of the host fail, or die there. In a program that is
// built without the tag "faults" it does nothing.
package faults
