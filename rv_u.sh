unset x; f() { t=${2:?--tag needs an image name}; }; f a
