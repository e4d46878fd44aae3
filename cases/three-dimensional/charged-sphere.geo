// One eighth of the solution around a sphere of 5 nm radius (nm). Make the mesh with   gmsh -3 -bin charged-sphere.geo

SetFactory("OpenCASCADE");
Sphere(1) = {0, 0, 0, 13, 0, Pi/2, Pi/2};
Sphere(2) = {0, 0, 0, 5, 0, Pi/2, Pi/2};
BooleanDifference(3) = { Volume{1}; Delete; }{ Volume{2}; Delete; };

Physical Volume("solution") = {3};
Physical Surface("sphere") = {5};
Physical Surface("bath") = {1}; // the three planes of symmetry need no name

// edges grow with the distance from the sphere
Field[1] = MathEval;
Field[1].F = "0.55 + 0.15*(Sqrt(x*x + y*y + z*z) - 5)";
Background Field = 1;
Mesh.MeshSizeExtendFromBoundary = 0;
Mesh.MeshSizeFromPoints = 0;
