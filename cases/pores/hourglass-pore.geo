// Half cross-section (r, z; nm) of an hourglass pore in a membrane: the wall is a hyperbola, the two ends are ellipses of
// the same foci, 6.25 nm from the axis. Make the mesh with   gmsh -2 hourglass-pore.geo

focus = 6.25; // distance of the foci from the axis
eta = 0.6;    // of the wall: r = focus sqrt((1 + xi^2)(1 - eta^2)), z = focus xi eta
ends = 6;     // xi of the two ends

Point(1) = {0, 0, 0};
Point(2) = {0, -focus*ends, 0};
Point(3) = {0, focus*ends, 0};
Point(4) = {focus*Sqrt(1 + ends^2), 0, 0}; // end of the major axis of both ellipses
n = 40;
For i In {0:n}
    xi = ends*Sinh(3*(2*i/n - 1))/Sinh(3); // closer in the throat
    wall[i] = newp;
    Point(wall[i]) = {focus*Sqrt((1 + xi^2)*(1 - eta^2)), focus*xi*eta, 0};
EndFor
Line(1) = {2, 3};
Ellipse(2) = {3, 1, 4, wall[n]};
Spline(3) = wall[];
Ellipse(4) = {wall[0], 1, 4, 2};
Curve Loop(1) = {1, 2, -3, 4};
Plane Surface(1) = {1};

Physical Surface("pore") = {1};
Physical Curve("wall") = {3};
Physical Curve("below") = {4};
Physical Curve("above") = {2};

// edges grow with the distance from the throat
Field[1] = MathEval;
Field[1].F = "0.35 + 0.07*Sqrt(x*x + y*y)";
Background Field = 1;
Mesh.MeshSizeExtendFromBoundary = 0;
Mesh.MeshSizeFromPoints = 0;
Mesh.Algorithm = 6; // frontal Delaunay
